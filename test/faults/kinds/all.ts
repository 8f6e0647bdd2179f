import { accounts } from 'test/faults/kinds/accounts';
import { calls } from 'test/faults/kinds/calls';
import { chats } from 'test/faults/kinds/chats';
import { files } from 'test/faults/kinds/files';
import type { Kinds } from 'test/faults/kinds/kind';
import { places } from 'test/faults/kinds/places';
import { push } from 'test/faults/kinds/push';

/** Every kind of work that there is. */
export const KINDS: Kinds = { ...accounts, ...chats, ...files, ...push, ...places, ...calls };
