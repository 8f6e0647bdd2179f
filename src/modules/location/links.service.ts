import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { networkOf } from 'src/core/http/network';
import { RateLimits } from 'src/core/http/rate-limits';
import { hashOf, matchesPassword } from 'src/modules/location/link-secrets';
import {
  LinkNotFound,
  LinkPasswordRequired,
  LinkPasswordWrong,
  NoPosition,
} from 'src/modules/location/location.errors';
import { LocationAccess } from 'src/modules/location/location.access';
import type { Disclosed } from 'src/modules/location/location.policy';
import type { LinkView } from 'src/modules/location/links.dto';
import { ReadsService } from 'src/modules/location/reads.service';
import { SharesRepository, type LinkRow } from 'src/modules/location/shares.repository';
import { UsersService } from 'src/modules/users/users.service';

const WHILE = 600;
/** Wrong passwords that one link takes from one network, over all nodes. */
const GUESSES = { name: 'location_link_password', points: 10, seconds: WHILE };
/** And from all networks: so many that a stranger alone, who uses up his own, keeps nobody else out. */
const GUESSES_OF_ALL = { name: 'location_link_password_of_all', points: 300, seconds: WHILE };

/** Positions for whoever has a link. */
@Injectable()
export class LinksService {
  constructor(
    private readonly db: Database,
    private readonly shares: SharesRepository,
    private readonly access: LocationAccess,
    private readonly reads: ReadsService,
    private readonly users: UsersService,
    private readonly limits: RateLimits,
  ) {}

  /**
   * Where the owner of a link is now; each answer that shows where, or that he is at a private place, is one view. Throws `location.link_not_found` (unknown, ended, or no view left: it
   * does not say which), `location.link_password_required`, `location.link_password_wrong`, `location.no_position`.
   */
  async open(token: string, password: string | undefined, ip: string): Promise<LinkView> {
    const link = await this.shares.byToken(hashOf(token));
    if (!link) throw LinkNotFound();
    if (link.password_hash !== null) await this.ask(link, password, link.password_hash, ip);
    const position = await this.view(link.id);
    if (!position) throw (await this.shares.byToken(hashOf(token))) ? NoPosition() : LinkNotFound();
    const owner = await this.users.get(link.user_id);
    if (position.state !== 'paused')
      await this.reads.note([
        { ownerId: link.user_id, viewerId: null, shareId: link.id, exit: 'link', precision: position.precision },
      ]);
    const { user_id: _user, share_id: _share, ...place } = position;
    return { name: owner.displayName ?? owner.username, ...place };
  }

  /** What is shown is counted; where there is no position, nothing is. */
  private view(id: number): Promise<Disclosed | undefined> {
    return this.db.tx(async () => {
      if (!(await this.shares.countView(id))) throw LinkNotFound();
      const position = await this.access.byLink(id);
      if (!position) await this.shares.giveBackView(id);
      return position;
    });
  }

  private async ask({ id }: LinkRow, password: string | undefined, hash: string, ip: string) {
    if (password === undefined) throw LinkPasswordRequired();
    const takes = [
      { rule: GUESSES, caller: `${id}:${networkOf(ip)}` },
      { rule: GUESSES_OF_ALL, caller: String(id) },
    ];
    // taken before it is known to be wrong, so that those who guess at once have no more guesses
    await this.limits.consumeEach(takes);
    if (!(await matchesPassword(password, hash))) throw LinkPasswordWrong();
    await Promise.all(takes.map(({ rule, caller }) => this.limits.giveBack(rule, caller)));
  }
}
