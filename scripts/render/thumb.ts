import { html } from '../../src/web/html.ts';

/** A thumb, upwards, as lines: fonts with emoji are not everywhere. Whoever shows it turns the one that points down. */
export const THUMB = html`<svg viewBox="0 0 24 24"><path d="M4 10h3v9H4zM7 10l4-7c2 0 2.5 1.5 2 3l-.7 3H18c1.5 0 2 1 1.7 2.2l-1.5 6c-.3 1-1 1.8-2.2 1.8H7"/></svg>`;

/** A check mark in a green square. */
export const CHECK = html`<svg class="check" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#43a047"/><path d="M3.5 8.5l3 3 6-7" fill="none" stroke="#fff" stroke-width="2"/></svg>`;
