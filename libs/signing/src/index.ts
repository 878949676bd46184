export { formatSecret, newSecret, parseSecret } from './secret.js';
export { parsePublicKey } from './key-pair.js';
export {
  formatSigningKey,
  newSigningKey,
  parseSigningKey,
  receiversHalf,
  schemeOf,
  type SignatureScheme,
  type SigningKey,
} from './signing-key.js';
export { WebhookSigner, type SignatureHeaders } from './webhook-signer.js';
export { verify, type ReceivedHeaders, type VerifyOptions } from './verify.js';
export { answerContext, SecretBox, type MasterKey } from './secret-box.js';
export { hashKey, newApiKey } from './api-key.js';
