/** Why bytes are not a note that these keys signed, or not a key. The message completes a sentence that begins with "it". */
export class NoteError extends Error {}
