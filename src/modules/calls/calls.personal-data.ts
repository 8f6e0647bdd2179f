import { Injectable } from '@nestjs/common';
import { DeclaresPersonalData, type PersonalData } from 'src/core/personal-data/personal-data';
import { DeparturesService } from 'src/modules/calls/departures.service';

/** Calls stay in the lists of the others, without the name of who has left. */
@Injectable()
export class CallsPersonalData {
  constructor(private readonly departures: DeparturesService) {}

  @DeclaresPersonalData('calls')
  declare(): PersonalData {
    return {
      holdings: [
        {
          table: 'call_participants',
          column: 'user_id',
          exports: {
            section: 'calls',
            select: `c.id, c.chat_id, c.call_type, c.is_group, c.status AS outcome, c.end_reason, c.started_at, c.answered_at,
              c.ended_at, c.duration, c.initiated_by = t.user_id AS was_caller, t.status, t.invited_at, t.joined_at, t.left_at,
              t.decline_reason, t.quality_rating`,
            join: 'JOIN video_calls c ON c.id = t.call_id',
            order: ['call_id'],
          },
          fate: 'deleted',
        },
        ...['initiated_by', 'ended_by'].map((column) => ({
          table: 'video_calls',
          column,
          exports: { not: 'the section calls has every call that the user had a part in' },
          fate: 'anonymous' as const,
        })),
      ],
      erase: ({ userId }) => this.departures.leaveAll(userId),
    };
  }
}
