import { Injectable, SetMetadata } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';

/** A method of one of our classes that a decorator named as the handler of something. */
export interface Handler {
  /** `ChatsWorkers.notify`: how it is named in logs, queues and start-up faults. */
  label: string;
  /** What it handles: the name given to the decorator. */
  name: string;
  /** Where decorators have left what else they were given. */
  method: object;
  run: (...args: unknown[]) => unknown;
}

/** Makes a decorator such as `@OnJob('name')` whose methods `Handlers.of(marker)` finds. */
export const handlerDecorator =
  <Name extends string>(marker: symbol) =>
  (name: Name): MethodDecorator =>
    SetMetadata(marker, name);

type Method = Omit<Handler, 'name'>;

/** Finds the methods that carry a handler decorator, in all providers. */
@Injectable()
export class Handlers {
  /** The walk over all methods of all providers is long, and asked for by many. */
  private decorated?: Method[];

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /** Once the providers are made, from the start of the sockets on. */
  of(marker: symbol): Handler[] {
    this.decorated ??= this.scan();
    return this.decorated.flatMap(({ label, method, run }) => {
      const name = Reflect.getOwnMetadata(marker, method) as string | undefined;
      return name === undefined ? [] : [{ label, name, method, run }];
    });
  }

  private scan(): Method[] {
    return this.discovery.getProviders().flatMap(({ instance }) => {
      if (!instance || typeof instance !== 'object') return [];
      const { name: owner } = (instance as object).constructor;
      const prototype = Object.getPrototypeOf(instance) as Record<string, Handler['run']>;
      return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
        const method = prototype[name]!;
        if (!Reflect.getOwnMetadataKeys(method).length) return [];
        return [{ label: `${owner}.${name}`, method, run: method.bind(instance) }];
      });
    });
  }
}

/** Throws unless every declared name has exactly one handler and every handler a declared name. */
export function requireOneHandlerEach(kind: string, declared: string[], handlers: Handler[]) {
  const faults = declared
    .map((name) => ({ name, labels: handlers.filter((handler) => handler.name === name).map(({ label }) => label) }))
    .filter(({ labels }) => labels.length !== 1)
    .map(
      ({ name, labels }) =>
        `the ${kind} ${name} has ${labels.length ? `more than one handler: ${labels.join(', ')}` : 'no handler'}`,
    );
  const unknown = handlers.filter(({ name }) => !declared.includes(name));
  faults.push(...unknown.map(({ label, name }) => `${label} handles the ${kind} ${name}, which no contract declares`));
  if (faults.length) throw new Error(faults.join('\n'));
}
