import { hardenDecoders, PictureRefused, render, type RenderTask } from 'src/modules/files/picture';

/** A process of its own for pictures of strangers: what goes wrong in a decoder ends it, and nothing else. */
hardenDecoders();

process.on('message', (task: RenderTask) => {
  void render(task).then(
    (rendered) => process.send!({ rendered }),
    (error: Error) => process.send!({ refused: error instanceof PictureRefused, message: error.message }),
  );
});
process.once('disconnect', () => process.exit(0));
