import { Module } from '@nestjs/common';
import { RoleBook } from 'src/core/http/roles';
import { AccountsRepository } from 'src/modules/users/accounts.repository';
import { AccountsService } from 'src/modules/users/accounts.service';
import { BlocksController } from 'src/modules/users/blocks.controller';
import { BlocksRepository } from 'src/modules/users/blocks.repository';
import { BlocksService } from 'src/modules/users/blocks.service';
import { NamesRepository } from 'src/modules/users/names.repository';
import { PeopleController } from 'src/modules/users/people.controller';
import { PrivacyController } from 'src/modules/users/privacy.controller';
import { PrivacyService } from 'src/modules/users/privacy.service';
import { ProfilesService } from 'src/modules/users/profiles.service';
import { RelationsRepository } from 'src/modules/users/relations.repository';
import { SearchRepository } from 'src/modules/users/search.repository';
import { SearchService } from 'src/modules/users/search.service';
import { UsersController } from 'src/modules/users/users.controller';
import { UsersRepository } from 'src/modules/users/users.repository';
import { UsersService } from 'src/modules/users/users.service';
import { UsersWorkers } from 'src/modules/users/users.workers';
import { UsersPersonalData } from 'src/modules/users/users.personal-data';

@Module({
  controllers: [UsersController, PrivacyController, BlocksController, PeopleController],
  providers: [
    UsersPersonalData,
    UsersService,
    ProfilesService,
    PrivacyService,
    BlocksService,
    SearchService,
    AccountsService,
    { provide: RoleBook, useExisting: AccountsService },
    UsersRepository,
    RelationsRepository,
    BlocksRepository,
    SearchRepository,
    NamesRepository,
    UsersWorkers,
    AccountsRepository,
  ],
  exports: [UsersService, AccountsService, RoleBook, ProfilesService, PrivacyService, BlocksService],
})
export class UsersModule {}
