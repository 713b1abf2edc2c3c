/**
 * Makes the page quick: answers without loading it anew, keys, a status that follows. Without it every form works as
 * a plain form. Plain JavaScript, since it is sent as it stands; the content security policy names its hash.
 */
export const pageScript = `
'use strict';
(() => {
  const form = document.getElementById('ask');
  const field = document.getElementById('question');
  const answer = document.getElementById('results');
  const said = document.getElementById('said');
  const status = document.getElementById('status');
  let running;

  const show = (markup) => {
    answer.innerHTML = markup;
    said.textContent = answer.firstElementChild?.dataset.said ?? '';
  };
  const fail = (text) => {
    const section = document.createElement('section');
    const line = document.createElement('p');
    section.className = 'answer';
    line.className = 'failure';
    line.textContent = text;
    section.append(line);
    answer.replaceChildren(section);
    said.textContent = text;
  };

  const ask = async (question) => {
    running?.abort();
    const mine = (running = new AbortController());
    document.body.classList.add('busy');
    answer.setAttribute('aria-busy', 'true');
    const slow = setTimeout(() => { said.textContent = 'Still looking.'; }, 1500);
    try {
      const body = new URLSearchParams({ question });
      const reply = await fetch('/answer', { method: 'POST', body, signal: mine.signal });
      if (reply.status === 401) return location.reload();
      show(await reply.text());
      document.documentElement.classList.add('answered');
    } catch {
      if (!mine.signal.aborted) fail('Precedent does not reply. Is it still running?');
    } finally {
      clearTimeout(slow);
      if (running === mine) {
        document.body.classList.remove('busy');
        answer.setAttribute('aria-busy', 'false');
      }
    }
  };

  document.addEventListener('submit', (event) => {
    if (!event.target.matches('[data-ask]')) return;
    event.preventDefault();
    if (event.submitter?.name === 'question') field.value = event.submitter.value;
    if (field.value.trim()) ask(field.value);
    field.focus();
  });

  const hits = () => [...answer.querySelectorAll('[data-hit]')];
  const go = (step) => {
    const all = hits();
    const at = all.findIndex((hit) => hit.contains(document.activeElement));
    const to = at < 0 ? (step > 0 ? 0 : -1) : at + step;
    if (to < 0) return field.focus();
    const hit = all[Math.min(to, all.length - 1)];
    hit?.querySelector('h2 > *').focus({ preventScroll: true });
    hit?.scrollIntoView({ block: 'nearest' });
  };
  const atEnd = () => field.selectionStart === field.value.length && !field.value.includes('\\n');

  document.addEventListener('keydown', (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const { key, target } = event;
    const writing = target === field;
    const reading = !writing && hits().some((hit) => hit.contains(target));
    let done = true;
    if (writing && key === 'Enter' && !event.shiftKey) form.requestSubmit();
    else if (writing && key === 'ArrowDown' && hits().length > 0 && atEnd()) go(1);
    else if (!writing && key === '/') { field.focus(); field.select(); }
    else if (reading && key === 'Escape') field.focus();
    else if (!writing && key === 'j') go(1);
    else if (!writing && key === 'k') go(-1);
    else if (reading && key === 'ArrowDown') go(1);
    else if (reading && key === 'ArrowUp') go(-1);
    else done = false;
    if (done) event.preventDefault();
  });

  const refresh = async () => {
    let next = 30000;
    try {
      const reply = await fetch('/api/status', { signal: AbortSignal.timeout(5000) });
      const now = reply.ok ? await reply.json() : undefined;
      if (now) {
        if (status.textContent !== now.line) status.textContent = now.line;
        status.dataset.state = now.serving ? 'serving' : 'waiting';
        if (now.percent !== null || !now.serving) next = 2000;
      }
    } catch {
      status.textContent = 'Precedent does not reply';
      status.dataset.state = 'gone';
      next = 5000;
    }
    setTimeout(() => document.hidden ? document.addEventListener('visibilitychange', refresh, { once: true }) : refresh(), next);
  };
  setTimeout(refresh, 2000);
})();
`;
