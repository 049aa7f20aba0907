/** Products of matrices and vectors, as networks need them. Matrices are arrays of numbers, row by row. */

/**
 * A matrix with its rows as columns, so that each of its products with a vector reads one row.
 * @param {Float32Array} matrix
 * @param {number} columns
 */
export function transposed(matrix, columns) {
  const rows = matrix.length / columns;
  return matrix.map((_, place) => matrix[(place % rows) * columns + Math.floor(place / rows)]);
}

/**
 * The product of two matrices.
 * @param {Float32Array} left
 * @param {Float32Array} right
 * @param {number} columns of the right one
 */
export function product(left, right, columns) {
  const [inner, turned] = [right.length / columns, transposed(right, columns)];
  const result = new Float32Array((left.length / inner) * columns);
  const nothing = new Float32Array(columns);
  for (let row = 0; row * columns < result.length; row++) {
    const vector = left.subarray(row * inner, (row + 1) * inner);
    multiply(turned, vector, nothing, result.subarray(row * columns, (row + 1) * columns));
  }
  return result;
}

/**
 * result ← start + vector · matrix. Four results at a time, so that each number of the vector is fetched once
 * for four.
 * @param {Float32Array} matrix transposed: a row for each result
 * @param {Float32Array} vector
 * @param {Float32Array} start may be the result itself
 * @param {Float32Array} result
 */
export function multiply(matrix, vector, start, result) {
  const inputs = vector.length;
  const outputs = result.length;
  let place = 0;
  for (; place + 3 < outputs; place += 4) {
    let [a, b, c, d] = [start[place], start[place + 1], start[place + 2], start[place + 3]];
    let at = place * inputs;
    for (let input = 0; input < inputs; input++, at++) {
      const x = vector[input];
      a += x * matrix[at];
      b += x * matrix[at + inputs];
      c += x * matrix[at + 2 * inputs];
      d += x * matrix[at + 3 * inputs];
    }
    result[place] = a;
    result[place + 1] = b;
    result[place + 2] = c;
    result[place + 3] = d;
  }
  for (; place < outputs; place++) {
    let sum = start[place];
    for (let input = 0; input < inputs; input++) sum += vector[input] * matrix[place * inputs + input];
    result[place] = sum;
  }
}
