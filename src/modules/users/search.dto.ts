import { text } from 'src/core/fields/fields';
import { PageQuery } from 'src/core/http/paging';
import { PersonView } from 'src/modules/users/users.dto';
import { z } from 'zod';

export const SearchQuery = PageQuery.extend({
  q: text({ min: 1, max: 100 }).describe(
    'The beginning of a username or of a word of a display name, or something like one.',
  ),
});
export type SearchQuery = z.infer<typeof SearchQuery>;

export const PeopleView = z
  .object({ users: z.array(PersonView), items: z.array(PersonView), next_cursor: z.string().nullable() })
  .meta({ id: 'People' });
export type PeopleView = z.infer<typeof PeopleView>;
