import { Injectable } from '@nestjs/common';
import { RateLimits } from 'src/core/http/rate-limits';
import { hashOf, matchesPassword } from 'src/modules/location/link-secrets';
import {
  LinkNotFound,
  LinkPasswordRequired,
  LinkPasswordWrong,
  NoPosition,
} from 'src/modules/location/location.errors';
import { LocationAccess } from 'src/modules/location/location.access';
import type { LinkView } from 'src/modules/location/links.dto';
import { ReadsService } from 'src/modules/location/reads.service';
import { SharesRepository } from 'src/modules/location/shares.repository';
import { UsersService } from 'src/modules/users/users.service';

/** Wrong passwords that one link takes, over all nodes and addresses. */
const GUESSES = { name: 'location_link_password', points: 10, seconds: 600 };

/** Positions for whoever has a link. */
@Injectable()
export class LinksService {
  constructor(
    private readonly shares: SharesRepository,
    private readonly access: LocationAccess,
    private readonly reads: ReadsService,
    private readonly users: UsersService,
    private readonly limits: RateLimits,
  ) {}

  /**
   * Where the owner of a link is now; each answer is one view. Throws `location.link_not_found` (unknown, ended, or no view left: it
   * does not say which), `location.link_password_required`, `location.link_password_wrong`, `location.no_position`.
   */
  async open(token: string, password: string | undefined): Promise<LinkView> {
    const link = await this.shares.byToken(hashOf(token));
    if (!link) throw LinkNotFound();
    if (link.password_hash !== null) await this.ask(link.id, password, link.password_hash);
    if (!(await this.shares.countView(link.id))) throw LinkNotFound();
    const position = await this.access.byLink(link.id);
    if (!position) throw (await this.shares.byToken(hashOf(token))) ? NoPosition() : LinkNotFound();
    const owner = await this.users.get(link.user_id);
    await this.reads.note([
      { ownerId: link.user_id, viewerId: null, shareId: link.id, exit: 'link', precision: position.precision },
    ]);
    const { user_id: _user, share_id: _share, ...place } = position;
    return { name: owner.displayName ?? owner.username, ...place };
  }

  private async ask(id: number, password: string | undefined, hash: string) {
    if (password === undefined) throw LinkPasswordRequired();
    // taken before it is known to be wrong, so that those who guess at once have no more guesses
    await this.limits.consume(GUESSES, String(id));
    if (!(await matchesPassword(password, hash))) throw LinkPasswordWrong();
    await this.limits.giveBack(GUESSES, String(id));
  }
}
