import 'reflect-metadata';
import { readEnv } from 'src/config/env';
readEnv(process.env);
