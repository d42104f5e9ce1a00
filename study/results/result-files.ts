/** Names of files in the folder of a study. */
export const JOURNAL_FILE = 'journal.jsonl';
export const MANIFEST_FILE = 'study.json';
