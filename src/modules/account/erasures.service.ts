import { Injectable, Logger } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { Jobs } from 'src/core/jobs/jobs';
import { MailRefused } from 'src/core/mail/mail-transport';
import { Mailer } from 'src/core/mail/mailer';
import { PersonalDataRegister } from 'src/core/personal-data/register';
import { AccountMail } from 'src/modules/account/account-mail';
import type { AccountErasure } from 'src/modules/account/erasures.entities';
import { ErasuresRepository } from 'src/modules/account/erasures.repository';
import { AccountsService } from 'src/modules/users/accounts.service';

/** What was given up is tried again after this long: by then somebody may have mended the cause. */
const AGAIN_AFTER_HOURS = 6;

/** So long the letter that it begins is tried: then who can't be reached is forgotten all the same. */
const LETTER_TRIED_MS = 3_600_000;
const LETTER_AGAIN_MS = 300_000;

/** Deletes accounts: feature by feature, some rows at a time, from where it stood if a worker died over it; the account's row last. */
@Injectable()
export class ErasuresService {
  private readonly logger = new Logger('Erasures');

  constructor(
    private readonly db: Database,
    private readonly jobs: Jobs,
    private readonly accounts: AccountsService,
    private readonly erasures: ErasuresRepository,
    private readonly register: PersonalDataRegister,
    private readonly mail: AccountMail,
    private readonly mailer: Mailer,
  ) {}

  /** Begins with the accounts whose time has come, and again with those that were given up. */
  async beginDue(): Promise<void> {
    for (const userId of await this.accounts.dueForDeletion()) await this.begin(userId);
    await this.db.tx(async () => {
      const stuck = await this.erasures.takeStuck(AGAIN_AFTER_HOURS);
      await this.jobs.enqueueAll(
        'account.erase',
        stuck.map((userId) => ({ user_id: userId })),
      );
    });
  }

  /** The point of no return; nothing happens if the user has come back, or it was passed before. */
  async begin(userId: string): Promise<void> {
    await this.db.tx(async () => {
      const standInId = await this.accounts.beginDeletion(userId);
      if (standInId === undefined) return;
      await this.erasures.insert(userId, standInId);
      await this.jobs.enqueue('account.erase', { user_id: userId });
    });
  }

  async erase(userId: string): Promise<void> {
    const erasure = await this.erasures.find(userId);
    if (!erasure) return;
    if (!erasure.toldAt && !(await this.tell(erasure))) return;
    await this.register.erase({
      userId,
      standInId: erasure.standInId,
      names: await this.accounts.namesOf(erasure.user!),
      standInName: erasure.standIn!.username,
    });
    await this.mailer.forget(erasure.user!.email, userId);
    await this.accounts.remove(userId);
    this.logger.log('an account has been deleted');
  }

  /** False if his mailbox can't be reached, and he is to be written to in a while. */
  private async tell({ userId, user, createdAt }: AccountErasure): Promise<boolean> {
    try {
      await this.mail.deletionBegins(user!);
    } catch (error) {
      if (!(error instanceof MailRefused) && Date.now() < createdAt.getTime() + LETTER_TRIED_MS) {
        this.logger.warn(`the letter that an account is being deleted is tried again: ${codeOf(error)}`);
        await this.jobs.enqueue('account.erase', { user_id: userId }, { delayMs: LETTER_AGAIN_MS });
        return false;
      }
      this.logger.warn(`an account is being deleted without a letter: ${codeOf(error)}`);
    }
    await this.erasures.markTold(userId);
    return true;
  }
}

/** What the mail server said may name the mailbox, and he is to be forgotten. */
const codeOf = (error: unknown) => (error as { code?: string }).code ?? (error as Error).name;
