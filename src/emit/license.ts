/** Who holds rights in what; then the licence of gdnc's part. */
export const license = (
  text: string,
): string => `The files that gdnc generated from the spec (index.js, index.d.ts, src/index.ts, kernels.js,
kernels/, manifest.js, manifest.json, proofs.js, README.md) belong to whoever holds the
rights in the spec; gdnc claims none in them. The field "license" of package.json is about
the files below only.

The files in runtime/, reference/, graph/, util/ and src/ (but src/index.ts) are parts of
gdnc, copied unchanged, under this licence:

${text.trim()}
`
