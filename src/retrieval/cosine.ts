/** How alike two vectors are, from -1 to 1; 0 where they are of different models or empty. */
export function cosine(one: Float32Array, other: Float32Array): number {
  if (one.length !== other.length) return 0;
  let [product, oneSquared, otherSquared] = [0, 0, 0];
  for (let place = 0; place < one.length; place++) {
    const [a, b] = [one[place] as number, other[place] as number];
    product += a * b;
    oneSquared += a * a;
    otherSquared += b * b;
  }
  return oneSquared === 0 || otherSquared === 0 ? 0 : product / Math.sqrt(oneSquared * otherSquared);
}

/**
 * Questions at least as alike as this are held to ask the same. Of 20 pairs of duplicate issue titles of one tracker 4
 * are, of the 380 other pairs none, with all-MiniLM-L6-v2 and with the model in the box alike.
 */
export const ALIKE = 0.7;
