import type { JsonObject, JsonValue } from './json-writer.ts';

/**
 * One thing that a command lists, in both of its forms: the words of the plain output and the members of the
 * JSON object, filled side by side as iproute2 prints them.
 */
export class Entry {
  readonly json: JsonObject = {};
  text = '';

  /** A member that shows in both forms. `text` defaults to the value followed by a blank. */
  field(key: string, value: JsonValue, text = `${value} `): this {
    this.json[key] = value;
    this.text += text;
    return this;
  }

  /** Something that only people read. */
  words(text: string): this {
    this.text += text;
    return this;
  }

  /** Something that only programs read. */
  member(key: string, value: JsonValue): this {
    this.json[key] = value;
    return this;
  }
}
