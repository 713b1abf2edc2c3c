import { type ApiAnswer, accept, refuse } from './slack-answer.ts';
import { checkView, isObject } from './slack-rules.ts';
import type { Json, World } from './slack-world.ts';

/** The methods `views.*`: modals. */

/** Views that may lie upon each other. */
const MOST_VIEWS = 3;

export function openView(world: World, args: Json): ApiAnswer {
  return show(world, args, 'views.open');
}

/** Upon the modal in which something was pressed. */
export function pushView(world: World, args: Json): ApiAnswer {
  const open = world.views.filter((view) => view.open);
  if (open.length === 0) return refuse('invalid_arguments');
  if (open.length >= MOST_VIEWS) return refuse('push_limit_reached');
  return show(world, args, 'views.push');
}

function show(world: World, { trigger_id: trigger, view }: Json, method: string): ApiAnswer {
  const wrong = world.note(method, checkView(view));
  if (wrong) return refuse(wrong);
  const allowed = world.useTrigger(String(trigger));
  if ('error' in allowed) return refuse(allowed.error);
  const opened = { id: `V${world.views.length + 1}`, user: allowed.user, view: view as Json, open: true };
  world.views.push(opened);
  return accept({ view: { id: opened.id, ...opened.view } });
}

export function updateView(world: World, { view_id: id, view }: Json): ApiAnswer {
  const opened = world.views.find((candidate) => candidate.id === id && candidate.open);
  if (!opened) return refuse('not_found');
  const wrong = world.note('views.update', checkView(view));
  if (wrong) return refuse(wrong);
  if (isObject(view)) opened.view = view;
  return accept({ view: { id: opened.id, ...opened.view } });
}
