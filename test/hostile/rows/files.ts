import { form } from 'test/hostile/rows/people';
import { anybody, but, members, owner, signedIn } from 'test/hostile/rules';
import { about, type Table } from 'test/hostile/table';

export const files: Table = {
  'POST /files/uploads': signedIn,
  'POST /files/upload': { who: signedIn, body: form('file') },
  'POST /files/upload-multiple': { who: signedIn, body: form('files') },
  ...about('upload', {
    'PUT /files/uploads/{upload_id}/bytes/{place}': { who: anybody, byLink: true, body: Buffer.from('abc') },
    'POST /files/uploads/{upload_id}/complete': { who: owner, anew: true },
  }),
  ...about('file', {
    'GET /files/{file_id}': members,
    'GET /files/{file_id}/info': members,
    // it has none
    'GET /files/{file_id}/thumbnail': but(members, 'file.no_thumbnail'),
  }),
  ...about('draft', { 'DELETE /files/{file_id}': { who: owner, anew: true } }),
};
