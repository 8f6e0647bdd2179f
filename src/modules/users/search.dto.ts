import { text } from 'src/core/fields/fields';
import { PageQuery, listView } from 'src/core/http/paging';
import { PersonView } from 'src/modules/users/users.dto';
import { type z } from 'zod';

export const SearchQuery = PageQuery.extend({
  q: text({ min: 1, max: 100 }).describe(
    'The beginning of a username or of a word of a display name, or something like one.',
  ),
});
export type SearchQuery = z.infer<typeof SearchQuery>;

export const PeopleView = listView('users', PersonView).meta({ id: 'People' });
export type PeopleView = z.infer<typeof PeopleView>;
