import { Injectable } from '@nestjs/common';
import type { Act } from 'src/core/realtime/acts';
import { NodeLink } from 'src/core/realtime/node-link';

/** The rooms of all nodes as if they were one's own. A process without connections reaches them as well. */
@Injectable()
export class Rooms {
  /** Does what is done in rooms to the connections of this node, where there are any. */
  here: (act: Act) => void = () => undefined;

  constructor(private readonly link: NodeLink) {}

  /** Here at once; on the other nodes in the order of the calls. */
  perform(act: Act) {
    this.here(act);
    this.link.tell(act);
  }
}
