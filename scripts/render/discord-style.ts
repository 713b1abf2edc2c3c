/** Discord's dark theme, as far as answers use it. */
export const discordStyle = `
* { box-sizing: border-box; margin: 0; }
body { background: #313338; }
#picture {
  width: 700px; background: #313338; color: #dbdee1;
  font: 16px/22px "gg sans", "Noto Sans", "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
}
a { color: #00a8fc; text-decoration: none; }
b { color: #f2f3f5; font-weight: 600; }
.thread { display: flex; align-items: center; gap: 8px; padding: 12px 20px; border-bottom: 1px solid #26272b; }
.thread i { color: #949ba4; font-style: normal; font-size: 20px; }
.message { padding: 12px 24px 12px 72px; border-left: 2px solid transparent; }
.message.private { background: #37373e; border-color: #5865f2; }
.body { position: relative; }
.above { position: relative; display: flex; align-items: center; gap: 5px; font-size: 14px; line-height: 18px; color: #b5bac1; margin-bottom: 6px; }
.above b { font-weight: 500; color: #c9cdfb; }
.command { color: #c9cdfb; }
.spine { position: absolute; left: -38px; top: 9px; width: 32px; height: 12px; border: 2px solid #4e5058; border-right: 0; border-bottom: 0; border-radius: 6px 0 0 0; }
.face { position: absolute; left: -56px; top: 2px; width: 40px; height: 40px; border-radius: 50%; background: #0b5e4b; color: #fff; font: 600 18px/40px "Liberation Sans", Arial, sans-serif; text-align: center; text-transform: uppercase; }
.face.person { background: #8a5a2b; }
.face.small { position: static; width: 16px; height: 16px; font-size: 9px; line-height: 16px; }
.head { display: flex; align-items: center; gap: 6px; }
.tag { background: #5865f2; color: #fff; font-size: 10.5px; line-height: 15px; padding: 0 4px; border-radius: 3px; font-weight: 600; }
time { color: #949ba4; font-size: 12px; }
.text + .text, .fold { margin-top: 8px; }
h2 { font-size: 20px; line-height: 26px; font-weight: 700; color: #f2f3f5; margin: 4px 0 2px; }
h3 { font-size: 16px; line-height: 22px; font-weight: 700; color: #f2f3f5; margin-top: 2px; }
small { display: block; font-size: 13px; line-height: 18px; color: #a3a9b1; }
.fold { border: 1px dashed #5d5f66; border-radius: 4px; padding: 1px 12px; margin-bottom: 6px; font-size: 13px; line-height: 20px; color: #a3a9b1; }
blockquote { border-left: 4px solid #5d5f66; border-radius: 4px; padding-left: 12px; margin: 2px 0; }
p { white-space: pre-wrap; overflow-wrap: anywhere; }
code { font: 13.6px/18px "DejaVu Sans Mono", Consolas, monospace; background: #2b2d31; border-radius: 4px; padding: 1px 3px; box-decoration-break: clone; }
.row { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 8px; }
.button { display: flex; align-items: center; gap: 7px; background: #4e5058; color: #fff; font-size: 14px; font-weight: 500; line-height: 32px; padding: 0 14px; border-radius: 8px; }
.button svg { width: 16px; height: 16px; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linejoin: round; }
.thumb { display: flex; }
.thumb svg { fill: #ffcc4d; stroke: #a5752b; }
.thumb.down { transform: rotate(180deg); }
.select { flex: 1; position: relative; background: #2b2d31; border: 1px solid #4e5058; border-radius: 8px; color: #949ba4; font-size: 15px; line-height: 38px; padding: 0 12px; }
.select::after { content: ""; position: absolute; right: 16px; top: 12px; width: 8px; height: 8px; border: solid #b5bac1; border-width: 0 2px 2px 0; transform: rotate(45deg); }
.notice { margin-top: 10px; font-size: 12px; line-height: 16px; color: #949ba4; }
`;
