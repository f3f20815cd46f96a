// An OpenID Connect provider by other hands (oidc-provider), set as FranceConnect sets it for citizens, and as ProConnect
// does for agents. PORT, and CLIENTS: a JSON list of {client_id, client_secret, return_to, home, alg, agents}.
import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const port = Number(process.env.PORT);
const issuer = `http://127.0.0.1:${port}`;
const CITIZEN = {
  family_name: "D'ARVOR-LE GOFF",
  given_name: 'Gwénola Anne',
  birthdate: '1968-04-09',
  gender: 'female',
  birthplace: '29232',
  email: 'gwenola@electeurs.test',
};
const AGENT = { given_name: 'Ada', usual_name: 'MARTIN', email: 'ada@gendarmerie.test' };
const LEVELS = { citizens: 'eidas1', agents: 'eidas1-mfa' };
const clients = JSON.parse(process.env.CLIENTS);
const isOfAgents = (id) => clients.some(({ client_id, agents }) => client_id === id && agents);
const AUTHORIZE = ['client_id', 'response_type', 'redirect_uri', 'scope', 'acr_values', 'state', 'nonce'];
const AUTHORIZE_TOO = ['prompt', 'claims', 'idp_hint', 'ui_locales'];
const SIGN_OUT = ['id_token_hint'];
const SIGN_OUT_TOO = ['post_logout_redirect_uri', 'state', 'client_id', 'logout_hint', 'ui_locales'];

const jwk = (type, options, alg) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: alg,
});

const provider = new Provider(issuer, {
  clients: clients.map(({ client_id, client_secret, return_to, home, alg }) => ({
    client_id,
    client_secret,
    redirect_uris: [return_to],
    post_logout_redirect_uris: [home],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_post',
    id_token_signed_response_alg: alg,
    userinfo_signed_response_alg: alg,
    subject_type: 'pairwise',
  })),
  jwks: { keys: [jwk('ec', { namedCurve: 'P-256' }, 'ES256'), jwk('rsa', { modulusLength: 2048 }, 'RS256')] },
  acrValues: Object.values(LEVELS),
  claims: Object.fromEntries([['openid', ['sub']], ['acr', null],
    ...Object.keys({ ...CITIZEN, ...AGENT }).map((name) => [name, [name]])]),
  cookies: { keys: ['a key of the tests'] },
  features: {
    devInteractions: { enabled: false },
    jwtUserinfo: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource(ctx, form) {
        ctx.body = `<!doctype html><html lang="fr"><title>Fournisseur</title>${form}
          <button form="op.logoutForm" name="logout" value="yes">Terminer la session</button></html>`;
      },
    },
  },
  findAccount: (ctx, accountId) => ({
    accountId,
    claims: () => ({ sub: accountId, ...(accountId === 'ada' ? AGENT : CITIZEN) }),
  }),
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope(ctx.oidc.params.scope);
    await grant.save();
    return grant;
  },
  pairwiseIdentifier: (ctx, accountId, client) => `${client.clientId}-${accountId}`,
  pkce: { required: (ctx, client) => isOfAgents(client.clientId) },
  routes: {
    authorization: '/api/v2/authorize',
    end_session: '/api/v2/session/end',
    jwks: '/api/v2/jwks',
    token: '/api/v2/token',
    userinfo: '/api/v2/userinfo',
  },
  subjectTypes: ['pairwise'],
  ttl: { AccessToken: 60, AuthorizationCode: 30, IdToken: 60, Grant: 1800, Interaction: 1800, Session: 1800 },
});

// What FranceConnect's own front refuses, and this engine would let through.
function fault({ pathname, searchParams: query }) {
  if (isOfAgents(query.get('client_id'))) return null;
  if (pathname === '/api/v2/authorize') {
    if (query.get('acr_values') !== 'eidas1') return 'acr_values';
    if ((query.get('state') ?? '').length < 32) return 'state';
    if ((query.get('nonce') ?? '').length < 22) return 'nonce';
    return unexpected(query, AUTHORIZE, AUTHORIZE_TOO);
  }
  return pathname === '/api/v2/session/end' ? unexpected(query, SIGN_OUT, SIGN_OUT_TOO) : null;
}

function unexpected(query, required, optional) {
  return required.find((name) => !query.get(name))
    ?? [...query.keys()].find((name) => ![...required, ...optional].includes(name));
}

async function interact(request, response) {
  if (request.method === 'GET') {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><html lang="fr"><title>Fournisseur</title><form method="post">
      <button name="choice" value="continue">Continuer</button><button name="choice" value="cancel">Annuler</button></form>`);
    return;
  }
  let body = '';
  for await (const piece of request) body += piece;
  const isCancelled = new URLSearchParams(body).get('choice') === 'cancel';
  const { params } = await provider.interactionDetails(request, response);
  const whom = isOfAgents(params.client_id)
    ? { accountId: 'ada', acr: LEVELS.agents, amr: ['pwd', 'totp', 'mfa'] }
    : { accountId: 'gwenola', acr: LEVELS.citizens };
  await provider.interactionFinished(request, response, isCancelled
    ? { error: 'access_denied', error_description: 'user authentication aborted' }
    : { login: whom });
}

const engine = provider.callback();
createServer((request, response) => {
  const url = new URL(request.url, issuer);
  const name = request.method === 'GET' ? fault(url) : null;
  if (name) {
    response.writeHead(400, { 'Content-Type': 'text/plain' }).end(`refused: ${name}`);
  } else if (url.pathname.startsWith('/interaction/')) {
    interact(request, response).catch((error) => response.writeHead(500).end(String(error)));
  } else {
    engine(request, response);
  }
}).listen(port, '127.0.0.1', () => console.log('ready'));
