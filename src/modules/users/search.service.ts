import { Injectable } from '@nestjs/common';
import { placeOf, toPage, type Page } from 'src/core/http/paging';
import type { SearchQuery } from 'src/modules/users/search.dto';
import { SearchRepository, type FoundRow } from 'src/modules/users/search.repository';
import { z } from 'zod';

const Place = z.object({ rank: z.int().min(0).max(2), username: z.string().max(50).regex(/^\w+$/) });

/** Finds people by their names, as far as they let themselves be found. */
@Injectable()
export class SearchService {
  constructor(private readonly search: SearchRepository) {}

  /** The very username first, then who has words that begin so, then who has such as are alike. */
  async find(viewerId: string, { q, limit, cursor }: SearchQuery): Promise<Page<FoundRow>> {
    const rows = await this.search.find(viewerId, q, placeOf(Place, cursor), limit + 1);
    return toPage(rows, limit, ({ rank, username }) => ({ rank, username }));
  }
}
