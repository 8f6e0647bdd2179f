import { PrimaryGeneratedColumn } from 'typeorm';

/** The id of most tables: a bigint that PostgreSQL counts up, a JSON number on the wire. */
export const Identity = () => PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' });
