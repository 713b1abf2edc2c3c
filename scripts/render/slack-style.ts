/** Slack's light theme, as far as an answer uses it. */
export const slackStyle = `
* { box-sizing: border-box; margin: 0; }
body { background: #fff; }
#picture {
  width: 700px; padding: 4px 0; color: #1d1c1d; background: #fff;
  font: 15px/22px "Slack-Lato", Lato, "Noto Sans", "Liberation Sans", Arial, sans-serif;
}
.thread { padding: 8px 20px 10px; border-bottom: 1px solid #e8e8e8; }
.thread span { color: #616061; font-size: 13px; }
.replies { display: flex; align-items: center; gap: 10px; padding: 2px 20px; color: #616061; font-size: 13px; }
.replies::after { content: ""; flex: 1; height: 1px; background: #dddddd; }
.message { padding: 8px 20px 8px 66px; }
.body { position: relative; }
.fold { border: 1px dashed #bbbabb; border-radius: 4px; margin-top: 6px; padding: 0 12px; font-size: 13px; line-height: 20px; color: #616061; }
.mention { color: #1264a3; background: #e8f5fa; border-radius: 3px; padding: 0 2px; }
.reaction { display: inline-flex; align-items: center; gap: 6px; margin-top: 6px; padding: 0 8px; border: 1px solid #1264a3; border-radius: 12px; font-size: 12px; line-height: 22px; }
.check { width: 14px; height: 14px; }
a { color: #1264a3; text-decoration: none; }
b { font-weight: 700; }
.private { position: relative; color: #616061; font-size: 13px; line-height: 18px; margin-bottom: 4px; }
.private::before { content: ""; position: absolute; left: -20px; top: 5px; width: 12px; height: 8px; border: 1.5px solid #616061; border-radius: 60% / 70%; background: radial-gradient(circle, #616061 2px, transparent 2.5px); }
.face { position: absolute; left: -46px; top: 2px; width: 36px; height: 36px; border-radius: 8px; background: #0b5e4b; color: #fff; font: 700 17px/36px Lato, "Liberation Sans", Arial, sans-serif; text-align: center; text-transform: uppercase; }
.face.person { background: #8a5a2b; }
.head { display: flex; align-items: center; gap: 6px; }
.head b { font-weight: 900; }
.tag { background: #e8e8e8; color: #5e5d60; font-size: 10px; line-height: 14px; font-weight: 700; padding: 0 3px; border-radius: 2px; }
time { color: #616061; font-size: 12px; }
.rich { margin-top: 4px; }
p, blockquote, pre { white-space: pre-wrap; overflow-wrap: anywhere; }
blockquote { position: relative; padding: 0 0 0 16px; margin: 2px 0 4px; }
blockquote::before { content: ""; position: absolute; left: 0; top: 2px; bottom: 2px; width: 4px; border-radius: 8px; background: #dddddd; }
code, pre { font: 12px/17px "DejaVu Sans Mono", Monaco, Menlo, Consolas, monospace; background: #f8f8f8; border: 1px solid #dddddd; border-radius: 3px; box-decoration-break: clone; }
code { padding: 2px 3px 1px; color: #c01343; }
pre { padding: 8px; border-radius: 4px; margin: 4px 0; }
.context { display: flex; gap: 8px; margin-top: 6px; color: #616061; font-size: 13px; line-height: 18px; }
.actions { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 10px; }
.button { border: 1px solid #bbbabb; border-radius: 8px; font-size: 13px; font-weight: 700; line-height: 28px; padding: 0 12px; }
.more { padding: 0 9px; }
.thumbs { display: flex; gap: 14px; margin-top: 8px; }
.thumbs svg { width: 18px; height: 18px; fill: none; stroke: #616061; stroke-width: 1.5; stroke-linejoin: round; }
.thumbs svg + svg { transform: rotate(180deg); }
.select { position: relative; min-width: 220px; padding-right: 32px; font-weight: 400; color: #616061; }
.select::after { content: ""; position: absolute; right: 13px; top: 9px; width: 6px; height: 6px; border: solid #616061; border-width: 0 1.5px 1.5px 0; transform: rotate(45deg); }
`;
