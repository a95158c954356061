/** `README.md` beside the record: the model card, of the record alone. */
import { pinnedSource } from '../../contracts/hub-source.ts';
import { RUN_FILES, type RunRecord } from '../../contracts/run-record.ts';
import { frontMatter, sourceName } from './front-matter.ts';
import { resultsSection, verdictSection } from './results.ts';
import { count, inlineCode, shellWord } from './markdown.ts';

/** @returns Markdown with Hugging Face's front matter; the same for the same record */
export function modelCard(record: RunRecord): string {
  const sections = [
    introduction(record),
    dataSection(record),
    trainingSection(record),
    resultsSection(record),
    verdictSection(record),
    limitsSection(record),
    verification(record),
  ];
  return `${frontMatter(record)}\n${sections.join('\n\n')}\n`;
}

function introduction({ workflowId, config, sources, finishedAt }: RunRecord): string {
  const { model, training } = config;
  const how = training.lora === false ? 'fine-tuned as a whole' : `fine-tuned by LoRA (rank ${training.lora.r})`;
  return `# ${sourceName(model.source)}, fine-tuned on ${sourceName(config.data.source)}

A text-embedding model for retrieval: ${inlineCode(pinnedSource(model.source, sources.origins.model))}, ${how}, merged and exported to ONNX with its pooling and
normalisation. Texts are cut at ${model.maxSeqLength} tokens. ${prefixes(model)}

Run ${inlineCode(workflowId)} of veille made it, and ended at ${finishedAt}. What is said here is taken from its record,
${inlineCode(RUN_FILES.record)}, which names every input and output by its digest.`;
}

function prefixes({ queryPrefix, passagePrefix }: RunRecord['config']['model']): string {
  if (queryPrefix === '' && passagePrefix === '') return 'Queries and passages are embedded as they are.';
  const before = (prefix: string): string => (prefix === '' ? 'nothing' : inlineCode(prefix));
  return `Put ${before(queryPrefix)} before a query and ${before(passagePrefix)} before a passage.`;
}

function dataSection({ config, sources, licenses, split }: RunRecord): string {
  const { cleaning, rows, rule, sharedPassages } = split;
  const shared =
    sharedPassages === 0
      ? 'No passage stands in more than one part.'
      : `${sharedPassages === 1 ? '1 passage stands' : `${sharedPassages} passages stand`} in more than one part, which this rule allows.`;
  const left = `${count(cleaning.kept, 'pair')} of ${count(cleaning.rows, 'row')} were kept`;
  return `## Data

Pairs of a query and the passage that answers it, from ${inlineCode(pinnedSource(config.data.source, sources.origins.data))}
(SHA-256 ${inlineCode(sources.data.sha256)}, licence: ${licenses.data ?? 'not stated'}).
${left}: ${cleaning.emptyQuery} had no query, ${cleaning.emptyPositive} no passage, ${cleaning.duplicates} were repetitions.
They were split by the rule ${inlineCode(rule)} into ${rows.train} for training, ${rows.dev} for choosing and ${rows.test} for testing. ${shared}`;
}

function trainingSection({ config, seeds }: RunRecord): string {
  const { loss, batchSize, learningRate, scheduler, epochs, maxSteps, hardNegatives } = config.training;
  const length = maxSteps === null ? count(epochs, 'epoch') : count(maxSteps, 'step');
  return `## Training

${length} with ${loss} at a batch of ${batchSize} and a learning rate of ${learningRate} (${scheduler}),
${hardNegatives === false ? 'negatives from the batch alone' : 'with mined hard negatives'}. Seed ${seeds['training'] ?? config.training.seed}.
Every setting is under ${inlineCode('config')} in the record; the training's figures by step are the object "training log".`;
}

function limitsSection({ metrics, split }: RunRecord): string {
  const passages = metrics.fineTuned['n_docs'];
  const corpus = passages === undefined ? 'the passages of that part' : count(passages, 'passage');
  return `## Limits

The figures are of one training seed and of one test part of ${count(split.rows.test, 'row')}, ranked among ${corpus}: on
a larger corpus all are lower. Intervals are over queries and say nothing of other data. One passage is taken for the
answer to a query; others that answer it as well count as wrong. Biases of the base model and of the data have not been
looked into.`;
}

function verification({ workflowId, runId }: RunRecord): string {
  const run = shellWord(`${workflowId}@${runId}`);
  return `## How to check this

\`\`\`
veille audit ${run}
veille reproduce ${run}
\`\`\`

\`audit\` recomputes every digest and figure from the bucket alone; \`reproduce\` makes the run again and compares step by
step. ${inlineCode(RUN_FILES.attestation)} is an in-toto statement with SLSA provenance over every file of the run, in a DSSE envelope;
${inlineCode(RUN_FILES.crate)} tells the same as an RO-Crate (Provenance Run Crate).`;
}
