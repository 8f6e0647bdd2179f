import { anybody, but, signedIn, type Rule } from 'test/hostile/rules';
import { about, type Row, type Table } from 'test/hostile/table';

// Passwords, codes and tokens are wrong ones: whoever may try is told so, and nobody's account changes.
const wrongPassword = { who: but(signedIn, 'auth.wrong_password'), body: { current_password: 'not it', new_password: 'seven clouds over Bled' } }; // oxfmt-ignore
const wrongCode: Rule = but(signedIn, 'auth.invalid_code');
const wrongLogin: Rule = but(anybody, 'auth.invalid_credentials');
const newAddress: Row = { who: signedIn, double: true };
const newAccount = { who: but(anybody, 'validation.failed'), body: { username: 'x' } };

export const accounts: Table = {
  'POST /register': newAccount,
  'POST /auth/register': newAccount,
  'POST /login': wrongLogin,
  'POST /auth/login': wrongLogin,
  'POST /login/2fa': wrongLogin,
  'POST /auth/login/2fa': wrongLogin,
  'POST /refresh-token': but(anybody, 'auth.invalid_refresh_token'),
  'POST /auth/refresh': but(anybody, 'auth.invalid_refresh_token'),
  'POST /logout': { who: signedIn, double: true },
  'POST /auth/logout': { who: signedIn, double: true },
  'GET /auth/me': signedIn,
  'GET //.well-known/jwks.json': anybody,
  'POST /profile/send-email-verification': signedIn,
  'POST /auth/send-email-verification': signedIn,
  'POST /profile/verify-email': wrongCode,
  'POST /auth/verify-email': wrongCode,
  'POST /auth/verify-email/link': { who: but(anybody, 'auth.invalid_code'), body: { token: 'q'.repeat(43) } },
  'POST /profile/change-email': newAddress,
  'POST /auth/change-email': newAddress,
  'POST /profile/confirm-new-email': wrongCode,
  'POST /auth/confirm-new-email': wrongCode,
  'POST /auth/confirm-new-email/link': { who: but(anybody, 'auth.invalid_code'), body: { token: 'q'.repeat(43) } },
  'POST /forgot-password': anybody,
  'POST /auth/forgot-password': anybody,
  'POST /reset-password': but(anybody, 'auth.invalid_code'),
  'POST /auth/reset-password': but(anybody, 'auth.invalid_code'),
  'POST /auth/change-password': wrongPassword,
  'PUT /auth/change-password': wrongPassword,
  'POST /settings/security/change-password': wrongPassword,
  'PUT /settings/security/change-password': wrongPassword,
  'GET /settings/security': signedIn,
  'PUT /settings/security': signedIn,
  'GET /settings/security/logs': signedIn,
  'GET /profile/activities': signedIn,
  'GET /sessions': signedIn,
  'GET /auth/sessions': signedIn,
  'DELETE /sessions': { who: signedIn, double: true },
  'DELETE /auth/sessions': { who: signedIn, double: true },
  ...about('session', {
    'DELETE /sessions/{id}': { who: { ...but(signedIn, 404), owner: 'ok' }, anew: true },
    'DELETE /auth/sessions/{id}': { who: { ...but(signedIn, 404), owner: 'ok' }, anew: true },
  }),
  'GET /settings/security/2fa': signedIn,
  'POST /settings/security/2fa/enable': { who: signedIn, double: true },
  'POST /settings/security/2fa/confirm': but(signedIn, 'auth.wrong_two_factor_code'),
  'POST /settings/security/2fa/recovery-codes': but(signedIn, 'auth.two_factor_off'),
  'POST /settings/security/2fa/disable': but(signedIn, 'auth.two_factor_off'),

  'DELETE /profile': { who: but(signedIn, 'auth.wrong_password'), body: { password: 'not it' } },
  'DELETE /settings/account': { who: but(signedIn, 'auth.wrong_password'), body: { password: 'not it' } },
  'POST /settings/account/deactivate': { who: signedIn, double: true },
  'PUT /profile/deactivate': { who: signedIn, double: true },
  'GET /profile/export': signedIn,
  'POST /settings/account/export': signedIn,
  ...about('export', { 'GET /exports/{token}': { who: anybody, byLink: true } }),
};
