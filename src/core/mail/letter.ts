import type { Mail } from 'src/core/mail/mail-transport';

/** A mail's words: what it is about, its paragraphs, and what stands out among them, a code or a link. */
export interface Letter {
  subject: string;
  greeting: string;
  paragraphs: string[];
  code?: string;
  link?: { text: string; url: string };
  footer: string;
}

/** As it is sent to an address, about a user's account. */
export const toMail = (letter: Letter, { to, userId }: Pick<Mail, 'to' | 'userId'>): Mail => ({
  to,
  userId,
  subject: letter.subject,
  text: toText(letter),
  html: toHtml(letter),
});

const escape = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

export function toText({ greeting, paragraphs, code, link, footer }: Letter): string {
  return [
    greeting,
    ...paragraphs,
    ...(code ? [code] : []),
    ...(link ? [`${link.text}: ${link.url}`] : []),
    footer,
  ].join('\n\n');
}

/** Plain enough for every mail reader; pictures and scripts it has none. */
export function toHtml({ greeting, paragraphs, code, link, footer }: Letter): string {
  const texts = [greeting, ...paragraphs].map((text) => `<p>${escape(text)}</p>`);
  const parts = [...texts];
  if (code) parts.push(`<p style="font-size:28px;letter-spacing:4px"><b>${escape(code)}</b></p>`);
  if (link) parts.push(`<p><a href="${escape(link.url)}">${escape(link.text)}</a></p>`);
  parts.push(`<p style="color:#666">${escape(footer)}</p>`);
  return `<!doctype html><meta charset="utf-8"><body style="font-family:sans-serif">${parts.join('')}</body>`;
}
