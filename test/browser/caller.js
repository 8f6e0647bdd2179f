/* global io, document, window, RTCPeerConnection */
// A client as docs/calls.md describes it, as small as can be: it runs in the browser, and the test presses its buttons.

const ask = async (socket, name, body) => {
  const reply = await socket.timeout(10_000).emitWithAck(name, body);
  if (!reply.ok) throw new Error(`${name}: ${reply.error.code}`);
  return reply.data;
};

class Caller {
  heard = [];

  async connect(url, token) {
    this.socket = io(url, { auth: { token }, transports: ['websocket'] });
    this.socket.onAny((name, body) => this.heard.push({ name, body }));
    this.socket.on('call_participant_joined', ({ participant }) => void this.offer(participant.user_id));
    this.socket.on('call_signal', ({ from_user_id, signal }) => void this.take(from_user_id, signal));
    this.socket.on('call_ended', () => this.close());
    await new Promise((resolve, reject) => {
      this.socket.once('connection_established', resolve);
      this.socket.once('connect_error', reject);
    });
  }

  async call(userId) {
    await this.enter(await ask(this.socket, 'call_initiated', { callee_id: userId, call_type: 'video' }));
  }

  async answer() {
    const { body } = this.heard.find(({ name }) => name === 'call_initiated');
    await ask(this.socket, 'call_ringing', { call_id: body.call_id });
    await this.prepare();
    await this.enter(await ask(this.socket, 'call_answered', { call_id: body.call_id }));
  }

  hangUp() {
    return ask(this.socket, 'call_ended', { call_id: this.callId });
  }

  async prepare() {
    this.media ??= await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
  }

  async enter({ call_id, ice_servers }) {
    this.callId = call_id;
    await this.prepare();
    this.peer ??= new RTCPeerConnection({ iceServers: ice_servers });
    this.media.getTracks().forEach((track) => this.peer.addTrack(track, this.media));
    this.peer.ontrack = ({ streams: [stream] }) => (document.querySelector('video').srcObject = stream);
    this.peer.onicecandidate = ({ candidate }) =>
      void this.signal({ type: 'candidate', candidate: candidate && candidate.toJSON() });
    this.entered?.();
  }

  /** Who was there before makes the offer to who has come. */
  async offer(userId) {
    this.otherId = userId;
    await this.peer.setLocalDescription(await this.peer.createOffer());
    await this.signal({ type: 'offer', sdp: this.peer.localDescription.sdp });
  }

  async take(userId, signal) {
    this.otherId = userId;
    // an offer may be quicker than the acknowledgement of the answer
    if (!this.peer) await new Promise((resolve) => (this.entered = resolve));
    if (signal.type === 'candidate') return this.peer.addIceCandidate(signal.candidate ?? undefined);
    await this.peer.setRemoteDescription(signal);
    if (signal.type === 'answer') return;
    await this.peer.setLocalDescription(await this.peer.createAnswer());
    await this.signal({ type: 'answer', sdp: this.peer.localDescription.sdp });
  }

  signal(signal) {
    return ask(this.socket, 'call_signal', { call_id: this.callId, to_user_id: this.otherId, signal });
  }

  close() {
    this.peer?.close();
    this.media?.getTracks().forEach((track) => track.stop());
  }

  /** What has come from the other side: frames that were decoded, packets of sound, and whether the picture has colours. */
  async received() {
    const stats = this.peer ? [...(await this.peer.getStats()).values()] : [];
    const of = (kind) => stats.find((one) => one.type === 'inbound-rtp' && one.kind === kind);
    return {
      frames: of('video')?.framesDecoded ?? 0,
      packets: of('audio')?.packetsReceived ?? 0,
      colours: this.coloursSeen(),
    };
  }

  coloursSeen() {
    const video = document.querySelector('video');
    if (!video.videoWidth) return 0;
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [32, 32];
    const context = canvas.getContext('2d');
    context.drawImage(video, 0, 0, 32, 32);
    const pixels = new Uint32Array(context.getImageData(0, 0, 32, 32).data.buffer);
    return new Set(pixels).size;
  }
}

window.caller = new Caller();
