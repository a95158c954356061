/** The folder that the exporter writes: model.onnx, its external data, tokenizer.json and encoder.json. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encoderInfo, type EncoderInfo } from '../../contracts/trainer.ts';
import { EncoderError } from './encoder-error.ts';

export interface EncoderFolder {
  readonly model: string;
  readonly tokenizer: string;
  readonly info: EncoderInfo;
}

/** @throws EncoderError (`invalid-folder`) when encoder.json is missing or malformed. */
export async function readEncoderFolder(folder: string): Promise<EncoderFolder> {
  const file = join(folder, 'encoder.json');
  try {
    const info = encoderInfo.parse(JSON.parse(await readFile(file, 'utf8')));
    return { model: join(folder, 'model.onnx'), tokenizer: join(folder, 'tokenizer.json'), info };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EncoderError(
      'invalid-folder',
      `${file} is no encoder description (${reason}): export the encoder again`,
      {
        cause,
      },
    );
  }
}
