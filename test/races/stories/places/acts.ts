import { fences } from 'test/races/stories/places/fences';
import { keeping } from 'test/races/stories/places/keeping';
import { points } from 'test/races/stories/places/points';
import { relations } from 'test/races/stories/places/relations';
import { shares } from 'test/races/stories/places/shares';
import type { PlaceWorld } from 'test/races/stories/places/world';
import type { Acts } from 'test/races/stories/story';

/** All that happens in stories of places. */
export const PLACE_ACTS: Acts<PlaceWorld> = { ...points, ...shares, ...fences, ...relations, ...keeping };
