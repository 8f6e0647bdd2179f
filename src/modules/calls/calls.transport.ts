import type { TicketView } from 'src/modules/calls/calls.dto';

/** Who asks to come into a call's media. */
export interface Entrant {
  channelName: string;
  uid: number;
  userId: string;
}

/** What carries sound and pictures; the outside world. It only admits: who may come in is decided before. */
export abstract class CallTransport {
  abstract readonly name: TicketView['transport'];
  abstract ticket(entrant: Entrant): TicketView;
}
