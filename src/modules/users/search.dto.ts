import { text } from 'src/core/fields/fields';
import { PageQuery, listView } from 'src/core/http/paging';
import { PersonView } from 'src/modules/users/users.dto';
import { type z } from 'zod';

export const SearchQuery = PageQuery.extend({
  q: text({ min: 1, max: 100 }).describe(
    'Beginnings of words of a username and a display name, in any order, case and with or without accents; of four letters and more one may be wrong.',
  ),
});
export type SearchQuery = z.infer<typeof SearchQuery>;

export const PeopleView = listView('users', PersonView).meta({ id: 'People' });
export type PeopleView = z.infer<typeof PeopleView>;
