/** Those that have a key in common, each group in the order of its items, and groups in that of their first ones. */
export const groupBy = <Key, Item>(
  items: Iterable<Item>,
  keyOf: (item: Item) => Key,
): Map<Key, Item[]> => {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    // A list of one from the start has room for one: an empty one that grows has it for many.
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
};

/** The same of those that share their key with another one; most do not, and cost no list. */
export const listRepeated = <Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): Item[][] => {
  const [one, other] = items;
  if (one === undefined || other === undefined) return [];
  if (items.length === 2) return keyOf(one) === keyOf(other) ? [[one, other]] : [];
  const firsts = new Map<string, Item>();
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, item);
    else if (!groups.get(key)?.push(item)) groups.set(key, [first, item]);
  }
  if (groups.size === 0) return [];
  return [...firsts.keys()].flatMap((key) => {
    const group = groups.get(key);
    return group ? [group] : [];
  });
};
