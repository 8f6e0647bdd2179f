import { defineError } from 'src/core/errors/app-error';

export const StickerNotFound = defineError('sticker.not_found', 404);
export const StickerPackNotFound = defineError('sticker.pack_not_found', 404);
/** `limit` is in bytes, of the archive or of what is in it. */
export const StickerPackTooLarge = defineError('sticker.pack_too_large', 413);
/** It is no ZIP, a broken one, or one with names that lead elsewhere. */
export const StickerPackUnreadable = defineError('sticker.pack_unreadable', 422);
/** `file` is missing from the archive. */
export const StickerFileMissing = defineError('sticker.file_missing', 422);
/** `file` is no picture of a kind that we take, a broken or an oversized one. */
export const StickerPictureUnusable = defineError('sticker.picture_unusable', 422);
export const StickerPackBuiltIn = defineError('sticker.pack_built_in', 409);
export const TooManyFavoriteStickers = defineError('sticker.too_many_favorites', 422);
