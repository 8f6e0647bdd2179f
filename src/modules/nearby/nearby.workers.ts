import { Injectable } from '@nestjs/common';
import type { Fact } from 'src/contracts';
import { OnCommit } from 'src/core/events/bus';
import { OnJob } from 'src/core/jobs/jobs';
import { NearbyService } from 'src/modules/nearby/nearby.service';

@Injectable()
export class NearbyWorkers {
  constructor(private readonly nearby: NearbyService) {}

  @OnCommit('location.moved')
  async moved(facts: Fact<'location.moved'>[]) {
    await this.nearby.place([...new Set(facts.map(({ user_id }) => user_id))]);
  }

  @OnCommit('location.shown_anew')
  async shownAnew(facts: Fact<'location.shown_anew'>[]) {
    await this.nearby.place([...new Set(facts.map(({ user_id }) => user_id))]);
  }

  @OnJob('nearby.tend')
  async tend() {
    await this.nearby.tend();
  }

  @OnJob('nearby.fill')
  async fill() {
    await this.nearby.fill();
  }
}
