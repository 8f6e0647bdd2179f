/** Asks for a session by the API as any client does, exchanges it for the page's cookie, and forgets it. */
export const SIGN_IN_SCRIPT = `
const form = document.querySelector('form'), told = document.querySelector('output');
const post = async (path, body, token) => {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: 'Bearer ' + token }) };
  const reply = await fetch('/api/v1' + path, { method: 'POST', headers, body: JSON.stringify(body) });
  return { ok: reply.ok, body: await reply.json().catch(() => ({})) };
};
let challenge;
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const { name, password, code } = Object.fromEntries(new FormData(form));
  const signedIn = challenge
    ? await post('/login/2fa', { challenge, code })
    : await post('/login', { username: name, password });
  if (signedIn.body.code === 'auth.two_factor_required') {
    challenge = signedIn.body.params.challenge;
    form.code.parentElement.hidden = false;
  }
  const opened = signedIn.ok ? await post('/admin/queues/session', {}, signedIn.body.access_token) : signedIn;
  if (opened.ok) location.reload();
  else told.textContent = opened.body.message || '';
});`;

const safe = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** What a browser without the cookie sees. */
export const signInPage = (app: string, language: string, text: (key: string) => string) => `<!doctype html>
<html lang="${safe(language)}">
  <head>
    <meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${safe(app)}</title>
    <style>body{font:1rem system-ui;max-width:20rem;margin:4rem auto;padding:0 1rem}label,button,output{display:block;margin:1rem 0}input{width:100%}[hidden]{display:none}</style>
  </head>
  <body>
    <h1>${safe(text('title'))}</h1>
    <form>
      <label>${safe(text('name'))}<input name="name" autocomplete="username" required></label>
      <label>${safe(text('password'))}<input name="password" type="password" autocomplete="current-password" required></label>
      <label hidden>${safe(text('code'))}<input name="code" autocomplete="one-time-code" inputmode="numeric"></label>
      <button>${safe(text('sign_in'))}</button>
      <output role="alert"></output>
    </form>
    <script>${SIGN_IN_SCRIPT}</script>
  </body>
</html>`;
