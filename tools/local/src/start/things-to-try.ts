import { relative } from 'node:path';
import type { DemoFabric } from './demo-fabrics.ts';
import { repositoryRoot } from '../repository-root.ts';

export interface Whereabouts {
  url: string;
  token: string;
  /** The clone to push from. */
  clone: string;
  fabric: DemoFabric | undefined;
}

/** What `npm start` says at the end: where Heddle is, and three things to see it at work. */
export function thingsToTry({ url, token, clone, fabric }: Whereabouts): string {
  const here = shortest(clone);
  const kubeconfig = shortest(fabric?.kubeconfig ?? '');
  const name = fabric?.name ?? '';
  const ask = (path: string): string => `curl -s -H "Authorization: Bearer ${token}" '${url}/api/v1${path}'`;
  const push = (message: string): string => `git -C ${here} add -A && git -C ${here} commit -qm "${message}" && git -C ${here} push -q`;
  return `  Address              ${url}
  Administrator token  ${token}
  API reference        ${url}/api/docs
  Git repository       ${here} (push from there; Heddle looks every 5 s)
  kubectl              --kubeconfig ${kubeconfig}

Three things to try, in another terminal in this folder:

1. A push that changes a VPC
     sed -i.bak 's/vlan: 1240/vlan: 1241/' ${here}/${name}/vpcs/lab.yaml && rm ${here}/${name}/vpcs/lab.yaml.bak
     ${push('Move lab to VLAN 1241')}
   and some seconds later
     ${ask(`/fabrics/${name}/resources?kind=VPC&text=lab`)}
   The VPC's state goes from pending (in Git) over applied (in the API server) to synced (its switches have it).

2. An edit past Git that makes a drift
     kubectl --kubeconfig ${kubeconfig} patch vpc lab --type merge -p '{"spec":{"subnets":{"default":{"vlan":1242}}}}'
   or without kubectl
     ${patchByCurl(fabric)}
   and some seconds later
     ${ask(`/drifts?fabric=${name}`)}
   The drift names the field, both values and the manager that wrote it. Self-heal is off, so that nothing is put back by itself.

3. A bad file that is refused
     printf 'apiVersion: vpc.githedgehog.com/v1beta1\\nkind: VPC\\nmetadata: {name: bad}\\nspec: {subnets: {one: {subnet: 10.64.10.0/33, vlan: 9999}}}\\n' > ${here}/${name}/vpcs/bad.yaml
     ${push('Add a bad file')}
   and some seconds later
     ${ask(`/fabrics/${name}/findings`)}
   The findings name the file, the document, the line and what is wrong; the rest of the fabric stays as it is.

Ctrl-C here, or npm run stop elsewhere, stops everything. npm run status and npm run logs tell more.`;
}

/** As one would type it in the repository's folder. */
function shortest(path: string): string {
  const below = relative(repositoryRoot, path);
  return below.startsWith('..') ? path : below;
}

function patchByCurl(fabric: DemoFabric | undefined): string {
  const path = '/apis/vpc.githedgehog.com/v1beta1/namespaces/default/vpcs/lab?fieldManager=by-hand';
  return `curl -sk -X PATCH -H "Authorization: Bearer ${fabric?.api.adminToken}" -H 'Content-Type: application/merge-patch+json' -d '{"spec":{"subnets":{"default":{"vlan":1242}}}}' '${fabric?.api.url}${path}'`;
}
