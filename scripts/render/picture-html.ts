import { type Html, html, trusted } from '../../src/web/html.ts';

/** A page that holds one picture: what is in `#picture` is photographed. */
export function pictureHtml(style: string, content: Html): string {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><style>${trusted(style)}</style></head>
<body><div id="picture">${content}</div></body>
</html>
`.html;
}
