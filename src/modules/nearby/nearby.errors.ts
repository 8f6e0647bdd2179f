import { defineError } from 'src/core/errors/app-error';

export const NotVisible = defineError('nearby.not_visible', 409);
export const NoFreshPosition = defineError('nearby.no_fresh_position', 409);
export const AtPrivatePlace = defineError('nearby.at_private_place', 409);
