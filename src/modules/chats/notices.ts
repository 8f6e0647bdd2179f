import { Kept } from 'src/core/collections/kept';
import { currentContext } from 'src/core/context/context';
import { word } from 'src/core/i18n/words';
import type { Notice } from 'src/modules/chats/message-types';
import type { MessageView } from 'src/modules/chats/messages.dto';
import { shownName } from 'src/modules/users/users.dto';

/** Of more people the others are only counted. */
const MOST_NAMED = 5;
const lists = new Kept<Intl.ListFormat>();

/** Does a message, as it is shown, hold a text of ours: all of a notice, or what stands for the name of a deleted account? */
export function hasOurWords(shown: object): boolean {
  if (!('message_type' in shown)) return false;
  const { message_type: type, sender_name, reply_to_sender } = shown as MessageView;
  return type === 'system' || [sender_name, reply_to_sender].includes(word('deleted_account'));
}

/** The text of a notice in the language of whoever reads it. `names`: of the people in it, by their ids. */
export function noticeText(notice: Notice, names: Readonly<Record<string, string>>): string {
  const nameOf = (id: string) => shownName(names[id] ?? '') || word('deleted_account');
  const params = {
    actor: nameOf(notice.actor_id),
    names: 'user_ids' in notice ? listed(notice.user_ids.map(nameOf)) : '',
    name: 'name' in notice ? notice.name : '',
  };
  if (notice.event === 'role_changed') return word(`notice.role_${notice.role}`, params);
  if (notice.event === 'call')
    return word(`notice.call_${notice.call_type}`, { ...params, outcome: outcomeOf(notice) });
  return word(`notice.${notice.event}`, params);
}

function listed(names: string[]): string {
  const counted = names.length > MOST_NAMED ? names.length - MOST_NAMED + 1 : 0;
  const shown = counted
    ? [...names.slice(0, MOST_NAMED - 1), word('notice.others', { count: String(counted) })]
    : names;
  const { language } = currentContext();
  return lists.get(language, () => new Intl.ListFormat(language, { type: 'conjunction' })).format(shown);
}

const outcomeOf = ({ status, duration }: Extract<Notice, { event: 'call' }>): string =>
  status === 'ended' ? clock(duration) : word(`notice.call_${status}`);

/** 65 → `1:05`, 3723 → `1:02:03`. */
function clock(seconds: number): string {
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (number: number) => String(number).padStart(2, '0');
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
