import { givenPassword, newPassword } from 'src/modules/auth/passwords.dto';
import { displayName, email, ProfileView, username } from 'src/modules/users/users.dto';
import { z } from 'zod';

export const Register = z
  .object({
    email: email(),
    username: username(),
    password: newPassword(),
    display_name: displayName().optional(),
    full_name: displayName().optional(),
  })
  .meta({
    id: 'Register',
    example: { email: 'ana@example.org', username: 'ana', password: 'correct horse battery', display_name: 'Ana' },
  });
export type Register = z.infer<typeof Register>;

export const Login = z
  .object({
    email: z.string().max(255).optional().describe('The e-mail address, or the username.'),
    username: z.string().max(255).optional().describe('The same under another name.'),
    password: givenPassword(),
  })
  .refine(({ email: address, username: name }) => address ?? name, {
    path: ['email'],
    params: { code: 'required' },
    error: 'required',
  })
  .meta({ id: 'Login', example: { email: 'ana@example.org', password: 'correct horse battery' } });
export type Login = z.infer<typeof Login>;

export const Refresh = z
  .object({ refresh_token: z.string().max(200) })
  .meta({ id: 'Refresh', example: { refresh_token: 'Jt8w3…' } });
export type Refresh = z.infer<typeof Refresh>;

export const TokensView = z
  .object({
    access_token: z.string().describe('A JWT, for `Authorization: Bearer` and the handshake of Socket.IO.'),
    refresh_token: z.string().describe('Good for one exchange at `/refresh-token`.'),
    token_type: z.literal('bearer'),
    expires_in: z.int().describe('Seconds that the access token is good for.'),
  })
  .meta({
    id: 'Tokens',
    example: { access_token: 'eyJhbGciOiJIUzI1NiIs…', refresh_token: 'Jt8w3…', token_type: 'bearer', expires_in: 1800 },
  });
export type TokensView = z.infer<typeof TokensView>;

export const KeysView = z
  .object({
    keys: z.array(
      z.object({
        kty: z.string(),
        kid: z.string(),
        alg: z.string(),
        use: z.literal('sig'),
        crv: z.string().optional(),
        x: z.string().optional(),
        n: z.string().optional(),
        e: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'JsonWebKeys', description: 'RFC 7517' });
export type KeysView = z.infer<typeof KeysView>;

export const SignedInView = TokensView.extend({ user: ProfileView }).meta({ id: 'SignedIn' });
export type SignedInView = z.infer<typeof SignedInView>;
