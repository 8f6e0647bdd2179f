import type { ExecutionContext } from '@nestjs/common';

/** What decorators say of a route, read at its first request: looking through the metadata takes long, and they always say the same. */
export function remembered<Said>(read: (execution: ExecutionContext) => Said): (execution: ExecutionContext) => Said {
  const known = new WeakMap<object, Map<object, Said>>();
  return (execution) => {
    // a handler may be inherited, and its classes may say different things
    let ofClass = known.get(execution.getClass());
    if (!ofClass) known.set(execution.getClass(), (ofClass = new Map<object, Said>()));
    const handler = execution.getHandler();
    if (!ofClass.has(handler)) ofClass.set(handler, read(execution));
    return ofClass.get(handler) as Said;
  };
}
