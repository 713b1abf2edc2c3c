/** How long a channel that was opened to others, or a member who became a guest, may be taken for what they were. */
const REMEMBERED_MS = 60_000;
const MOST_REMEMBERED = 10_000;

/** What was found out is kept for a while, what failed is not. */
export function remembering<Kind>(
  now: () => number,
  find: (id: string) => Promise<Kind>,
): (id: string) => Promise<Kind> {
  const remembered = new Map<string, { readonly kind: Promise<Kind>; readonly until: number }>();
  return (id) => {
    const known = remembered.get(id);
    if (known && known.until > now()) return known.kind;
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    const kind = find(id);
    remembered.set(id, { kind, until: now() + REMEMBERED_MS });
    kind.catch(() => remembered.delete(id));
    return kind;
  };
}
