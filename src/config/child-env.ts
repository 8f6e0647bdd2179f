const HARMLESS = ['PATH', 'NODE_OPTIONS', 'TMPDIR', 'LANG'];

/** The environment for programs that read files of strangers: no settings and no secrets, so that one that is taken over finds none. */
export const childEnv = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([key]) => HARMLESS.includes(key)));
