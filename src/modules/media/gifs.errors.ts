import { defineError } from 'src/core/errors/app-error';

export const GifsNotConfigured = defineError('gifs.not_configured', 503);
/** The provider is not reached, takes too long, or has answered us often enough for now. */
export const GifsUnavailable = defineError('gifs.unavailable', 503);
/** It refuses our key, fails, or answers what we don't understand. */
export const GifProviderFailed = defineError('gifs.provider_failed', 502);
