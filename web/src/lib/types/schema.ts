// SPDX-License-Identifier: MIT
// Made from proto/schema/*.def by `schema-gen types`; edit the rows there.

/** What kind of work a job is. */
export type Operation = 'tautulli_import' | 'plex_historical' | 'server_sync' | 'undo' | 'regroup' | 'forget';

/** Where a job stands. */
export type Status = 'idle' | 'running' | 'completed' | 'error' | 'cancelled';

/** What a running job is doing. */
export type Phase = 'opening' | 'planning' | 'importing' | 'waiting' | 'finishing';

/** What the start of a play is known from. */
export type TimeQuality = 'exact' | 'watched_at' | 'start_only';

/** Where plays come from. */
export type SourceKind = 'tautulli' | 'plex' | 'jellyfin' | 'emby';

/** Why a row belongs to its play. */
export type RowReason = 'new' | 'duplicate' | 'same_times' | 'watched_within' | 'collapsed' | 'same_start' | 'started_within';

/** What the broker knows of an actor. */
export type ActorCondition = 'up' | 'away' | 'hung';

/** What a summary counts by. */
export type SummaryBy = 'month' | 'user' | 'library' | 'source' | 'server' | 'media_type' | 'hour' | 'weekday' | 'person';

/** How much of each play is given. */
export type DetailLevel = 'brief' | 'full';

/** Where its source had a row. */
export type RowOrigin = 'database' | 'address' | 'api' | 'plex_history' | 'activity_log' | 'plugin' | 'session' | 'played_item';

/** What a key of the door is for. */
export type BusRole = 'worker' | 'join';

/** Where a worker on another machine stands. */
export type WorkerState = 'invited' | 'away' | 'connected' | 'differs' | 'revoked';

/** How a worker on another machine comes by the rows of an import. */
export type RowsWay = 'reads' | 'sent';

/** Why an import gives no rows to a worker on another machine for now. */
export type IdleReason = 'slower' | 'not_delivered' | 'cannot_read' | 'differs';

/** What a media server is. */
export type ServerKind = 'plex' | 'jellyfin' | 'emby' | 'tautulli';

/** What the continuous sync of a server is doing. */
export type SyncState = 'idle' | 'running' | 'waiting' | 'partial' | 'stopped';

/** Where a sign-in with Plex stands. */
export type PlexPinStatus = 'waiting' | 'done' | 'expired';

/** Where a Quick Connect stands. */
export type QuickConnectStatus = 'waiting' | 'agreed' | 'expired';

/** What an entry tells of its operation. */
export type AuditPhase = 'requested' | 'outcome' | 'refused' | 'log';

/** What was asked for: a route's name, or what the log is told besides; see audit_actions.def. */
export type AuditAction = 'sign_in' | 'sign_out' | 'confirm_password' | 'change_password' | 'end_session' | 'list_sessions' | 'show_session' | 'set_up' | 'add_user' | 'change_user' | 'remove_user' | 'list_users' | 'add_token' | 'remove_token' | 'list_tokens' | 'start_import' | 'stop_import' | 'job_ended' | 'batch_not_leased' | 'rows_taken_back' | 'clear_import' | 'validate_import' | 'upload_database' | 'remove_upload' | 'list_candidates' | 'list_notes' | 'import_standing' | 'start_plex_sync' | 'stop_plex_sync' | 'clear_plex_sync' | 'plex_sync_standing' | 'list_workers' | 'invite_worker' | 'revoke_worker' | 'worker_joined' | 'worker_message' | 'list_history' | 'summarise_history' | 'show_play' | 'export_history' | 'list_people' | 'join_people' | 'stop_regrouping' | 'split_person' | 'preview_forgetting' | 'forget_person' | 'stop_forgetting' | 'lift_forgetting' | 'list_jobs' | 'show_job' | 'preview_undo' | 'start_undo' | 'stop_undo' | 'list_servers' | 'show_server' | 'add_server' | 'change_server' | 'remove_server' | 'test_server' | 'list_libraries' | 'probe_server' | 'open_plex_pin' | 'show_plex_pin' | 'add_plex_server' | 'close_plex_pin' | 'open_quick_connect' | 'show_quick_connect' | 'add_quick_connect_server' | 'close_quick_connect' | 'start_server_sync' | 'stop_server_sync' | 'rotate_server_key' | 'list_acts' | 'list_audit' | 'export_audit' | 'verify_audit' | 'show_verification' | 'rotate_audit' | 'seal_audit' | 'log_started' | 'key_rotated' | 'segment_sealed' | 'restored' | 'entries_missing' | 'show_status' | 'open_feed' | 'show_system' | 'show_live' | 'show_ready' | 'show_openapi' | 'show_metrics' | 'unknown_route' | 'refusals';

/** What came of an act, roughly. */
export type AuditResult = 'done' | 'stopped' | 'refused' | 'failed' | 'unknown';

/** What a caller may do. */
export type RoleName = 'viewer' | 'admin';

/** How an export is written. */
export type ExportFormat = 'csv' | 'jsonl';

/** One error of a job, newest first in lists. */
export interface SyncError {
    /** When it was met */
    timestamp: string;
    /** What the source calls the row, where there is one */
    record_id?: number | string;
    /** A sentence for a person */
    message: string;
    /** Can be retried after a fix */
    recoverable: boolean;
}

/** Where an operation stands; the same in REST answers, pushes and the job history. */
export interface Progress {
    /** Which operation */
    operation: Operation;
    /** Where it stands */
    status: Status;
    /** The media server, of an operation per server */
    server_id?: string;
    /** Rows this job has to handle; 0 while it runs: not known (yet) */
    total_records: number;
    /** imported + skipped + errors, committed */
    processed_records: number;
    /** Plays stored */
    imported_records: number;
    /** duplicate + merged */
    skipped_records: number;
    /** Rows rejected */
    error_count: number;
    /** 0..100, 100 only when completed */
    progress_percent: number;
    /** Recent rate; 0 before there is one */
    records_per_second: number;
    /** Time at work over all attempts */
    elapsed_seconds: number;
    /** remaining / rate; 0 before there is a rate */
    estimated_remaining_seconds: number;
    /** Start of the first attempt */
    start_time?: string;
    /** When it ended */
    end_time?: string;
    /** Every row up to this position is committed: for a Tautulli database its row id */
    last_processed_id?: number;
    /** A preview that stores no play */
    dry_run?: boolean;
    /** 1, and 1 more for each resume */
    attempt?: number;
    /** The job's id */
    correlation_id?: string;
    /** The job's id */
    job_id?: string;
    /** Rises with every change of this operation */
    seq: number;
    /** Rows stored before, or twice in the source */
    duplicate_records: number;
    /** Duplicates that completed a stored play */
    updated_records: number;
    /** Rows that told of a play another row told of */
    merged_records: number;
    /** Planned rows that had gone when they were read */
    vanished_records: number;
    /** What it is doing */
    phase?: Phase;
    /** The actor or thing it waits for */
    waiting_for?: string;
    /** A sentence for a person */
    message?: string;
    /** Why it ended in error */
    error?: string;
    /** The code of that error */
    error_code?: string;
    /** What to do about it, if more is known than the code's own remedy */
    remedy?: string;
    /** The newest, newest first */
    errors?: SyncError[];
}

/** Why a command was not done; the body of every negative reply. */
export interface Refusal {
    /** A row of errors.def */
    code: string;
    /** Replaces the row's sentence */
    text?: string;
    /** Replaces the row's remedy */
    remedy?: string;
    /** The field that is wrong */
    field?: string;
    /** The job in the way */
    job_id?: string;
    /** What that job does */
    operation?: Operation;
    /** Where that job stands */
    stats?: Progress;
    /** The actor that is away or busy */
    actor?: string;
    /** Owner of the file that may not be read */
    owner?: string;
    /** Its permissions, octal */
    mode?: string;
    /** The user Playbus runs as */
    service_user?: string;
    /** Fingerprint of the certificate that cannot be trusted */
    certificate_sha256?: string;
}

/** What a source row is recognised by: owners change everything else of it. */
export interface RowKey {
    /** What the source calls it */
    native_id: number | string;
    /** Its start */
    started_at: string;
}

/** A user of a media server. */
export interface Person {
    /** The server's id of the user */
    user_id?: string;
    /** User name */
    name?: string;
    /** Friendly name */
    display_name?: string;
    /** Whether it is the owner of the server; absent if the source does not say */
    is_admin?: boolean;
}

/** A library of a media server. */
export interface Library {
    /** The server */
    server_id: string;
    /** The server's id of the library */
    section_id: string;
    /** Its name */
    name?: string;
    /** movie, show, artist, photo or live */
    kind?: string;
}

/** Technical details of what was streamed. */
export interface Stream {
    /** The row's own item id */
    rating_key: string | null;
    /** Length of the media, ms */
    duration: number | null;
    /** Container of the file */
    container: string | null;
    /** kbit/s */
    bitrate: number | null;
    /** Pixels */
    width: number | null;
    /** Pixels */
    height: number | null;
    /** kbit/s */
    video_bitrate: number | null;
    /** Bits */
    video_bit_depth: number | null;
    /** Codec */
    video_codec: string | null;
    /** Codec level */
    video_codec_level: string | null;
    /** Pixels */
    video_width: number | null;
    /** Pixels */
    video_height: number | null;
    /** 480, 1080, 4k, … */
    video_resolution: string | null;
    /** 24p, PAL, … */
    video_framerate: string | null;
    /** progressive or interlaced */
    video_scan_type: string | null;
    /** 1080p, … */
    video_full_resolution: string | null;
    /** SDR, HDR, … */
    video_dynamic_range: string | null;
    /** 1.78, … */
    aspect_ratio: string | null;
    /** kbit/s */
    audio_bitrate: number | null;
    /** Codec */
    audio_codec: string | null;
    /** Channels */
    audio_channels: number | null;
    /** Language */
    audio_language: string | null;
    /** ISO 639 code */
    audio_language_code: string | null;
    /** 1 if shown */
    subtitles: number | null;
    /** Codec */
    subtitle_codec: string | null;
    /** 1 if forced */
    subtitle_forced: number | null;
    /** Language */
    subtitle_language: string | null;
    /** Protocol */
    transcode_protocol: string | null;
    /** Container */
    transcode_container: string | null;
    /** Codec */
    transcode_video_codec: string | null;
    /** Codec */
    transcode_audio_codec: string | null;
    /** Channels */
    transcode_audio_channels: number | null;
    /** Pixels */
    transcode_width: number | null;
    /** Pixels */
    transcode_height: number | null;
    /** 1 if hardware was asked for */
    transcode_hw_requested: number | null;
    /** 1 if decoded and encoded in hardware */
    transcode_hw_full_pipeline: number | null;
    /** Decoder */
    transcode_hw_decode: string | null;
    /** Decoder's name */
    transcode_hw_decode_title: string | null;
    /** 1 if decoded in hardware */
    transcode_hw_decoding: number | null;
    /** Encoder */
    transcode_hw_encode: string | null;
    /** Encoder's name */
    transcode_hw_encode_title: string | null;
    /** 1 if encoded in hardware */
    transcode_hw_encoding: number | null;
    /** Container sent */
    stream_container: string | null;
    /** copy or transcode */
    stream_container_decision: string | null;
    /** kbit/s */
    stream_bitrate: number | null;
    /** copy or transcode */
    stream_video_decision: string | null;
    /** kbit/s */
    stream_video_bitrate: number | null;
    /** Codec */
    stream_video_codec: string | null;
    /** Codec level */
    stream_video_codec_level: string | null;
    /** Bits */
    stream_video_bit_depth: number | null;
    /** Pixels */
    stream_video_height: number | null;
    /** Pixels */
    stream_video_width: number | null;
    /** 480, 1080, 4k, … */
    stream_video_resolution: string | null;
    /** 24p, PAL, … */
    stream_video_framerate: string | null;
    /** progressive or interlaced */
    stream_video_scan_type: string | null;
    /** 1080p, … */
    stream_video_full_resolution: string | null;
    /** SDR, HDR, … */
    stream_video_dynamic_range: string | null;
    /** copy or transcode */
    stream_audio_decision: string | null;
    /** Codec */
    stream_audio_codec: string | null;
    /** kbit/s */
    stream_audio_bitrate: number | null;
    /** Channels */
    stream_audio_channels: number | null;
    /** Language */
    stream_audio_language: string | null;
    /** ISO 639 code */
    stream_audio_language_code: string | null;
    /** burn, copy, … */
    stream_subtitle_decision: string | null;
    /** Codec */
    stream_subtitle_codec: string | null;
    /** Container */
    stream_subtitle_container: string | null;
    /** 1 if forced */
    stream_subtitle_forced: number | null;
    /** Language */
    stream_subtitle_language: string | null;
    /** 1 if a synced copy */
    synced_version: number | null;
    /** Its profile */
    synced_version_profile: string | null;
    /** 1 if an optimised copy */
    optimized_version: number | null;
    /** Its profile */
    optimized_version_profile: string | null;
    /** Its title */
    optimized_version_title: string | null;
    /** direct play, copy or transcode */
    transcode_decision: string | null;
    /** … of the video */
    video_decision: string | null;
    /** … of the audio */
    audio_decision: string | null;
}

/** What belongs to the item and not to one play of it. */
export interface Item {
    /** The server's id of the item */
    rating_key: string | null;
    /** … of its season or album */
    parent_rating_key: string | null;
    /** … of its show or artist */
    grandparent_rating_key: string | null;
    /** Type as the metadata has it */
    media_type: string | null;
    /** Path of the picture */
    thumb: string | null;
    /** … of the season or album */
    parent_thumb: string | null;
    /** … of the show or artist */
    grandparent_thumb: string | null;
    /** Path of the background */
    art: string | null;
    /** Date of release */
    originally_available_at: string | null;
    /** Unix seconds */
    added_at: number | null;
    /** Unix seconds */
    updated_at: number | null;
    /** PG-13, … */
    content_rating: string | null;
    /** Summary */
    summary: string | null;
    /** Tagline */
    tagline: string | null;
    /** Rating */
    rating: string | null;
    /** Length, ms */
    duration: number | null;
    /** Separated by ; */
    directors: string | null;
    /** Separated by ; */
    writers: string | null;
    /** Separated by ; */
    actors: string | null;
    /** Separated by ; */
    genres: string | null;
    /** Studio */
    studio: string | null;
    /** Separated by ; */
    labels: string | null;
    /** Live TV channel */
    channel_call_sign: string | null;
    /** Live TV channel */
    channel_id: string | null;
    /** Live TV channel */
    channel_identifier: string | null;
    /** Live TV channel */
    channel_title: string | null;
    /** Live TV channel */
    channel_thumb: string | null;
    /** Live TV channel */
    channel_vcn: string | null;
    /** First credits, ms */
    marker_credits_first: number | null;
    /** Last credits, ms */
    marker_credits_final: number | null;
}

/** A source row mapped to a play, as it travels in a batch. */
export interface Play {
    /** Its place in the job's work */
    position: number;
    /** Index into the batch's facets */
    facet: number;
    /** Index into the batch's items */
    item: number | null;
    /** XXH3 of every known raw column but id and reference_id */
    content_hash: number;
    /** A `stream` in positional form */
    stream: string | null;
    /** Start */
    started_at: string;
    /** End; unknown if null */
    stopped_at: string | null;
    /** What the times are known from */
    time_quality: TimeQuality;
    /** Seconds paused */
    paused_s: number | null;
    /** max(0, stopped - started - paused); null without a stop */
    played_s: number | null;
    /** 0..100: view_offset / duration */
    percent_complete: number | null;
    /** At or past the watched threshold */
    watched: boolean;
    /** The server's id of the user */
    user_id: string | null;
    /** User name when it was played */
    user: string | null;
    /** movie, episode, track, … as the source wrote it */
    media_type: string;
    /** Live TV */
    live: boolean;
    /** Title of the item */
    title: string | null;
    /** Season or album */
    parent_title: string | null;
    /** Show or artist */
    grandparent_title: string | null;
    /** All titles in one */
    full_title: string | null;
    /** Original title */
    original_title: string | null;
    /** Year of release */
    year: number | null;
    /** Episode or track number */
    media_index: number | null;
    /** Season or disc number */
    parent_media_index: number | null;
    /** Stable id of the item */
    guid: string | null;
    /** The server's id of the item */
    rating_key: string | null;
    /** … of its season or album */
    parent_rating_key: string | null;
    /** … of its show or artist */
    grandparent_rating_key: string | null;
    /** The server's id of the library */
    section_id: string | null;
    /** Address of the player */
    ip_address: string | null;
    /** lan, wan, … */
    location: string | null;
    /** Over TLS */
    secure: boolean | null;
    /** Through a relay */
    relayed: boolean | null;
    /** Bandwidth */
    bandwidth_kbps: number | null;
    /** Name of the player */
    player: string | null;
    /** Program of the player */
    product: string | null;
    /** Its version */
    product_version: string | null;
    /** System of the player */
    platform: string | null;
    /** Its version */
    platform_version: string | null;
    /** Client profile */
    profile: string | null;
    /** Id of the player */
    machine_id: string | null;
    /** Quality asked for */
    quality_profile: string | null;
    /** direct play, copy or transcode */
    transcode_decision: string | null;
    /** … of the video */
    video_decision: string | null;
    /** … of the audio */
    audio_decision: string | null;
    /** Position at the end */
    view_offset_ms: number | null;
    /** Length of the item */
    duration_ms: number | null;
    /** The source's hint: first row of one continued play */
    reference_id: number | null;
    /** The item's last view before this one, unix seconds */
    last_viewed_at: number | null;
    /** What the source calls it; null: the position */
    native_id: number | string | null;
}

/** An item of a batch; concatenated in positional form. */
export interface BatchItem {
    /** XXH3 of the server and of every column of the item */
    hash: number;
    /** An `item` in positional form */
    body: string;
}

/** What the receipt counts a row under. */
export interface Facet {
    /** User name, or the id where there is no name */
    user: string | null;
    /** Library name, or the section id */
    library: string | null;
    /** YYYY-MM, UTC, of the start; null where there is no start */
    month: string | null;
}

/** One column of a row as the source holds it. */
export interface RawCell {
    /** Table and column, as in session_history.started */
    column: string;
    /** null, integer, real, text or blob */
    type: string;
    /** The value, where it is text or a number */
    text?: string;
    /** The value, where it is no valid text */
    base64?: string;
}

/** A rejected row, or one stored with a repair. */
export interface RowNote {
    /** The row's place in the job's work */
    position: number;
    /** A row of errors.def, or the name of the repair */
    code: string;
    /** A sentence for a person */
    message: string;
    /** Stored all the same, with a repaired field */
    repair: boolean;
    /** Index into the batch's facets, for rejected rows */
    facet: number | null;
    /** The raw row without its NULLs (64 KiB at most), or the repaired column alone */
    raw?: RawCell[];
    /** What the source calls the row; absent: the position */
    native_id?: number | string;
}

/** Who reported a play. */
export interface PlaySource {
    /** Kind of the source */
    source: SourceKind;
    /** The source's row id, as text */
    native_id: string;
    /** The job that brought it */
    job_id: string;
    /** new (the row it was first told by), duplicate, same_times, watched_within, collapsed, same_start or started_within */
    reason: string;
    /** The media server */
    server_id: string | null;
}

/** A play as /history and the exports give it. */
export interface PlayView {
    /** The play's own id, as text */
    id: string;
    /** The media server */
    server_id: string | null;
    /** Kind of the first source */
    source: SourceKind;
    /** The first source's row id, as text */
    native_id: string;
    /** All sources that reported it */
    sources: PlaySource[];
    /** Friendly name, else user name */
    user_display: string | null;
    /** Best of full_title, the titles, guid */
    display_title: string | null;
    /** Name of the library */
    library: string | null;
    /** Start */
    started_at: string;
    /** End; unknown if null */
    stopped_at: string | null;
    /** What the times are known from */
    time_quality: TimeQuality;
    /** Seconds paused */
    paused_s: number | null;
    /** max(0, stopped - started - paused); null without a stop */
    played_s: number | null;
    /** 0..100: view_offset / duration */
    percent_complete: number | null;
    /** At or past the watched threshold */
    watched: boolean;
    /** The server's id of the user */
    user_id: string | null;
    /** User name when it was played */
    user: string | null;
    /** movie, episode, track, … as the source wrote it */
    media_type: string;
    /** Live TV */
    live: boolean;
    /** Title of the item */
    title: string | null;
    /** Season or album */
    parent_title: string | null;
    /** Show or artist */
    grandparent_title: string | null;
    /** All titles in one */
    full_title: string | null;
    /** Original title */
    original_title: string | null;
    /** Year of release */
    year: number | null;
    /** Episode or track number */
    media_index: number | null;
    /** Season or disc number */
    parent_media_index: number | null;
    /** Stable id of the item */
    guid: string | null;
    /** The server's id of the item */
    rating_key: string | null;
    /** … of its season or album */
    parent_rating_key: string | null;
    /** … of its show or artist */
    grandparent_rating_key: string | null;
    /** The server's id of the library */
    section_id: string | null;
    /** Address of the player */
    ip_address: string | null;
    /** lan, wan, … */
    location: string | null;
    /** Over TLS */
    secure: boolean | null;
    /** Through a relay */
    relayed: boolean | null;
    /** Bandwidth */
    bandwidth_kbps: number | null;
    /** Name of the player */
    player: string | null;
    /** Program of the player */
    product: string | null;
    /** Its version */
    product_version: string | null;
    /** System of the player */
    platform: string | null;
    /** Its version */
    platform_version: string | null;
    /** Client profile */
    profile: string | null;
    /** Id of the player */
    machine_id: string | null;
    /** Quality asked for */
    quality_profile: string | null;
    /** direct play, copy or transcode */
    transcode_decision: string | null;
    /** … of the video */
    video_decision: string | null;
    /** … of the audio */
    audio_decision: string | null;
    /** Position at the end */
    view_offset_ms: number | null;
    /** Length of the item */
    duration_ms: number | null;
    /** The source's hint: first row of one continued play */
    reference_id: number | null;
    /** The item's last view before this one, unix seconds */
    last_viewed_at: number | null;
    /** With detail=full */
    stream?: Stream;
    /** With detail=full */
    item?: Item;
    /** Whose play it is: the id of a person */
    person: string | null;
}

/** What is told of a play. */
export interface PlayFields {
    /** Start */
    started_at: string;
    /** End; unknown if null */
    stopped_at: string | null;
    /** What the times are known from */
    time_quality: TimeQuality;
    /** Seconds paused */
    paused_s: number | null;
    /** max(0, stopped - started - paused); null without a stop */
    played_s: number | null;
    /** 0..100: view_offset / duration */
    percent_complete: number | null;
    /** At or past the watched threshold */
    watched: boolean;
    /** The server's id of the user */
    user_id: string | null;
    /** User name when it was played */
    user: string | null;
    /** movie, episode, track, … as the source wrote it */
    media_type: string;
    /** Live TV */
    live: boolean;
    /** Title of the item */
    title: string | null;
    /** Season or album */
    parent_title: string | null;
    /** Show or artist */
    grandparent_title: string | null;
    /** All titles in one */
    full_title: string | null;
    /** Original title */
    original_title: string | null;
    /** Year of release */
    year: number | null;
    /** Episode or track number */
    media_index: number | null;
    /** Season or disc number */
    parent_media_index: number | null;
    /** Stable id of the item */
    guid: string | null;
    /** The server's id of the item */
    rating_key: string | null;
    /** … of its season or album */
    parent_rating_key: string | null;
    /** … of its show or artist */
    grandparent_rating_key: string | null;
    /** The server's id of the library */
    section_id: string | null;
    /** Address of the player */
    ip_address: string | null;
    /** lan, wan, … */
    location: string | null;
    /** Over TLS */
    secure: boolean | null;
    /** Through a relay */
    relayed: boolean | null;
    /** Bandwidth */
    bandwidth_kbps: number | null;
    /** Name of the player */
    player: string | null;
    /** Program of the player */
    product: string | null;
    /** Its version */
    product_version: string | null;
    /** System of the player */
    platform: string | null;
    /** Its version */
    platform_version: string | null;
    /** Client profile */
    profile: string | null;
    /** Id of the player */
    machine_id: string | null;
    /** Quality asked for */
    quality_profile: string | null;
    /** direct play, copy or transcode */
    transcode_decision: string | null;
    /** … of the video */
    video_decision: string | null;
    /** … of the audio */
    audio_decision: string | null;
    /** Position at the end */
    view_offset_ms: number | null;
    /** Length of the item */
    duration_ms: number | null;
    /** The source's hint: first row of one continued play */
    reference_id: number | null;
    /** The item's last view before this one, unix seconds */
    last_viewed_at: number | null;
}

/** A row of a source, as it tells of a play. */
export interface PlayRow {
    /** Our own number of the row, as text */
    row_no: string;
    /** Kind of its source */
    source: SourceKind;
    /** The media server */
    server_id: string | null;
    /** The source's row id, as text */
    native_id: string;
    /** The job that brought it */
    job_id: string | null;
    /** When that job began */
    at: string | null;
    /** Why it belongs to the play, as in play_source */
    reason: string;
    /** The same as a sentence */
    because: string;
    /** How many contents of the row were seen */
    versions: number;
    /** What it says; absent where it repeats another row, word for word */
    play?: PlayFields;
    /** What it says of the stream */
    stream?: Stream;
    /** Where its source had it */
    origin?: RowOrigin;
}

/** The first frame of every message. */
export interface Envelope {
    /** Of this envelope */
    version: number;
    /** command, reply, refused, event or beat */
    kind: string;
    /** Name of the message in the body */
    name: string;
    /** Of the command; a reply carries its command's */
    id: number;
    /** Job or request this belongs to */
    correlation_id?: string;
    /** Instance of the sender (name#unique) */
    sender?: string;
    /** Actor a command goes to, instance a reply goes to */
    target?: string;
    /** How long the sender of a command waits */
    ttl_ms?: number;
    /** Of an event: the newest of each subject is kept */
    subject?: string;
    /** Of an event: rises with every change of the subject */
    seq?: number;
}

/** An actor as the broker sees it. */
export interface ActorView {
    /** Name */
    name: string;
    /** name#unique */
    instance: string;
    /** Process */
    pid: number;
    /** Of the program */
    version: string;
    /** up, away or hung */
    state: ActorCondition;
    /** Resident set */
    memory_bytes?: number;
}

/** A named count since the process began. */
export interface Counter {
    /** As in the metrics */
    name: string;
    /** Count */
    n: number;
}

/** What an import goes by; kept with its job. */
export interface ImportParams {
    /** As it was asked for; empty means the configured one */
    db_path?: string;
    /** The Tautulli whose database is imported from its address, as the registry calls it */
    tautulli_id?: string;
}

/** First and last start. */
export interface DateRange {
    /** First */
    earliest: string;
    /** Last */
    latest: string;
}

/** Rows of one media type. */
export interface MediaTypeCount {
    /** As written; unknown for null */
    media_type: string;
    /** Rows */
    n: number;
}

/** A file that could be imported. */
export interface Candidate {
    /** Absolute path */
    path: string;
    /** Size */
    bytes: number;
    /** Last change */
    modified: string;
    /** Has the head of a SQLite or zip file */
    looks_valid: boolean;
}

/** A lease that a place of a worker holds. */
export interface HeldLease {
    /** Its number */
    lease: number;
}

/** A row that no message can hold as it is, with what becomes of it. */
export interface WideRow {
    /** The row */
    id: number;
    /** Without its places in a batch; absent: the row is rejected */
    play?: Play;
    /** What is known of it */
    stream?: Stream;
    /** What is known of it */
    item?: Item;
    /** Of the item */
    item_hash?: number;
    /** Why it was rejected, or what was repaired */
    notes: RowNote[];
    /** As it is counted by */
    user?: string;
    /** As it is counted by */
    library?: string;
    /** As it is counted by */
    month?: string;
}

/** A worker on another machine, or an invitation for one. */
export interface WorkerView {
    /** Fingerprint of its key */
    id: string;
    /** As the invitation calls it */
    name: string;
    /** invited, away, connected, differs or revoked */
    state: WorkerState;
    /** When it was invited, or joined */
    made_at: string;
    /** Of an invitation: when it ends */
    until?: string;
    /** What its machine is called, as it says */
    machine?: string;
    /** Of its Playbus */
    version?: string;
    /** Where it connects from */
    address?: string;
    /** When it was last heard; since the door was opened */
    last_seen?: string;
    /** How many of its processes are connected */
    processes?: number;
    /** Rows it has delivered since the door was opened */
    rows?: number;
    /** How it came by those it delivered last */
    rows_by?: RowsWay;
    /** The same in the last ten seconds */
    rows_per_s?: number;
    /** Messages that it sent and may not send */
    refused?: number;
    /** Why it gets no work */
    problem?: string;
    /** It is connected, and the import that runs leaves it idle … */
    idle_because?: IdleReason;
    /** … until then; absent: as long as that import runs */
    idle_until?: string;
}

/** A worker on another machine that is left idle. */
export interface IdleWorker {
    /** Fingerprint of its key */
    id: string;
    /** Why */
    because: IdleReason;
    /** Until when; absent: as long as the import runs */
    until?: string;
}

/** What a coordinator needs to run a job. */
export interface JobTask {
    /** The job */
    job_id: string;
    /** 1, and 1 more for each resume */
    attempt: number;
    /** Stores no play */
    dry_run: boolean;
    /** The media server asked for */
    server_id?: string;
    /** The plan is fixed: the next four are set */
    planned: boolean;
    /** First position of the plan */
    first_id?: number;
    /** Last position of the plan */
    last_id?: number;
    /** Position: everything below is committed: the checkpoint */
    next_id?: number;
    /** Rows of the plan */
    total?: number;
    /** The plan's clock */
    planned_at?: string;
    /** Newest stored row below next_id, to check the source by */
    last_committed?: RowKey;
    /** The plan's samples: one must stand in the source, none with another start */
    kept?: RowKey[];
    /** The operation's own start record, packed */
    params?: string;
    /** The coordinator's own words for next_id, from the batch before it */
    cursor?: string;
    /** Number of the adoption, for the batches */
    runner: number;
}

/** What an undo goes by; kept with its job. */
export interface UndoParams {
    /** The job that is undone, or how its id begins */
    job_id: string;
}

/** Rows of one known source. */
export interface SourceSample {
    /** Its number */
    source_no: number;
    /** Its oldest, some between, its newest; one if it has no more */
    keys: RowKey[];
}

/** A source that belongs to a file. */
export interface SourceMember {
    /** Its number */
    source_no: number;
}

/** The lease that a batch was read under; the batch begins where it begins. */
export interface LeaseSeal {
    /** Its last position, inclusive */
    last_id: number;
    /** Its planned rows */
    rows: number;
    /** The plan ends with it */
    last?: boolean;
    /** As its coordinator gave it */
    seal: string;
    /** The same */
    sample?: string;
}

/** What a resume would continue. */
export interface Resumable {
    /** The job */
    job_id: string;
    /** Its database */
    db_path?: string;
    /** When it ended */
    at: string;
    /** What it is of, where that is no database */
    title?: string;
}

/** The newest completed run that was no dry run. */
export interface LastSuccess {
    /** The job */
    job_id: string;
    /** When it ended */
    end_time: string;
    /** Plays it stored */
    imported_records: number;
}

/** A job as the job list gives it. */
export interface JobView {
    /** The job */
    job_id: string;
    /** What it does */
    operation: Operation;
    /** Its database */
    db_path?: string;
    /** Its media server */
    server_id?: string;
    /** A preview */
    dry_run: boolean;
    /** Who started it */
    asked_by?: string;
    /** A resume would continue it */
    resumable: boolean;
    /** Where it stands */
    progress: Progress;
    /** How job_id begins, as far as no other one does; at least 8 characters */
    short_id?: string;
    /** What it is of, where that is no database */
    title?: string;
    /** When it was undone */
    undone_at?: string;
    /** The job that undid it, or is at it: without undone_at it is not all undone */
    undone_by?: string;
    /** What plays name its media server by, where it is of one and has met it */
    identity?: string;
}

/** How many rows of one key had one outcome. */
export interface ReceiptLine {
    /** User, month or library */
    key: string | null;
    /** Plays stored */
    imported: number;
    /** Stored before, or twice in the source */
    duplicate: number;
    /** Told of a play another row told of */
    merged: number;
    /** Rejected */
    error: number;
}

/** How many rows for one reason. */
export interface ReasonCount {
    /** new, duplicate, updated, changed, vanished, an error code, a repair or a kind of change */
    key: string;
    /** Rows */
    n: number;
}

/** Every source row of a job, accounted for. */
export interface Receipt {
    /** new, duplicate (of these updated and changed), merged, vanished and each error code */
    by_reason: ReasonCount[];
    /** Most rows first */
    by_user: ReceiptLine[];
    /** In order of time */
    by_month: ReceiptLine[];
    /** Most rows first */
    by_library: ReceiptLine[];
    /** Stored rows by what was repaired */
    repairs: ReasonCount[];
    /** Duplicates by what they completed: the kinds of changes.def */
    completed: ReasonCount[];
    /** Duplicates by what they say otherwise than the stored play, which stays as it was */
    changed: ReasonCount[];
    /** What a person should know of the source */
    warnings: string[];
    /** Planned rows that it has not come to: what a resume goes on with; absent before there is a plan */
    not_reached?: number;
}

/** A point of a job's plot. */
export interface JobSample {
    /** Seconds at work */
    t: number;
    /** Rows committed by then */
    processed: number;
    /** Rows per second then */
    rate: number;
}

/** A rejected or repaired row. */
export interface NoteView {
    /** What the source calls the row */
    record_id: number | string;
    /** Error code or name of the repair */
    code: string;
    /** A sentence for a person */
    message: string;
    /** The raw row; in JSON an object by column */
    raw: RawCell[];
}

/** Counts of one key. */
export interface SummaryLine {
    /** Month, user, library, source, …: for persons an id */
    key: string | null;
    /** Plays */
    plays: number;
    /** Sum of played_s, in hours, of plays of at most 24 hours */
    watched_hours: number;
    /** Plays of more than 24 hours, left out of the hours */
    long_plays: number;
    /** The key as a person knows it, where it is no name itself */
    label?: string;
}

/** Counts of all that was asked for. */
export interface SummaryTotals {
    /** Plays */
    plays: number;
    /** As in the lines */
    watched_hours: number;
    /** As in the lines */
    long_plays: number;
    /** Persons with a play among these */
    people: number;
}

/** An account of a media server. */
export interface AccountRef {
    /** The media server */
    server_id: string;
    /** The server's id of the user */
    user_id: string;
}

/** An account with what is known of it. */
export interface PersonAccount {
    /** The media server */
    server_id: string | null;
    /** The server's id of the user; null: the source told a name alone */
    user_id: string | null;
    /** Friendly name, else user name */
    name: string | null;
    /** Its plays */
    plays: number;
    /** Whether it is the owner of the server; absent if no source says */
    is_admin?: boolean;
}

/** A person: accounts that are mapped to it, or one that nobody has mapped. */
export interface PersonView {
    /** p<number>, plex.tv/<id> or <server>/<user id> */
    id: string;
    /** As somebody named it, else the name of the account with the most plays */
    name: string | null;
    /** Somebody has said which accounts these are */
    mapped: boolean;
    /** Of all accounts */
    plays: number;
    /** Most plays first */
    accounts: PersonAccount[];
}

/** Accounts that seem to be one person. */
export interface PersonProposal {
    /** To be joined as they stand here */
    accounts: PersonAccount[];
    /** A sentence for a person */
    because: string;
    /** Equal names are all that tells */
    weaker: boolean;
}

/** Accounts that nobody has mapped. */
export interface UnmappedAccounts {
    /** How many; each is a person of its own, or nobody's */
    accounts: number;
    /** Their plays */
    plays: number;
    /** Of these the ones that can be nobody: without an id, and 0, which every server calls Local */
    nobodys: PersonAccount[];
}

/** How the clocks of a media server and its Tautulli agree; shown, never applied. */
export interface ClockSkew {
    /** The media server */
    server_id: string;
    /** Median of the stop that Tautulli saw less the moment the server calls watched */
    seconds: number;
    /** Plays that both told of, the newest, which it was taken from */
    pairs: number;
    /** No play can be so: one of the clocks is wrong */
    alarm: boolean;
    /** What is wrong, for a person */
    message?: string;
}

/** A person whose rows are kept away. */
export interface ForgottenPerson {
    /** As the person was called when it was forgotten */
    id: string;
    /** When */
    since: string;
    /** Who asked for it */
    by: string | null;
    /** What is kept away */
    accounts: AccountRef[];
}

/** Who is to be one person, or not any more; kept with the job. */
export interface PeopleChange {
    /** The person these accounts are taken out of; absent: they are joined */
    split_from?: string;
    /** To join: one account of each person is enough; taken out, each is a person of its own */
    accounts: AccountRef[];
    /** What the joined person is called */
    name?: string;
}

/** Which person a job erases; kept with it. */
export interface ForgetParams {
    /** The person */
    id: string;
}

/** How the newest test of a server ended. */
export interface ServerTestResult {
    /** When */
    at: string;
    /** It answers, it is the one that is meant, and the token opens what is needed */
    works: boolean;
    /** If not: a row of errors.def */
    code?: string;
    /** What is wrong */
    error?: string;
    /** What to do */
    remedy?: string;
    /** Fingerprint of the certificate that was shown, where it could not be trusted */
    certificate_sha256?: string;
}

/** What keeps a sync from its server. */
export interface SyncTrouble {
    /** A row of errors.def */
    code: string;
    /** What is wrong */
    text: string;
    /** What to do */
    remedy: string;
    /** Since when it is so */
    since: string;
}

/** How the continuous sync of a server stands. */
export interface ServerSyncView {
    /** What it is doing */
    state: SyncState;
    /** The server is synced by itself, while it is enabled */
    scheduled: boolean;
    /** From one look at the server to the next */
    interval_minutes: number;
    /** When all that it had to tell was taken last; absent: never yet */
    last_checked_at?: string;
    /** When it is looked at next; absent while it runs or is stopped */
    next_at?: string;
    /** Start of the newest play that it told of */
    newest_play_at?: string;
    /** What is wrong; absent: nothing, also while the server is in maintenance */
    error?: SyncTrouble;
}

/** A media server, without its token. */
export interface ServerView {
    /** Opaque */
    id: string;
    /** What it is called here */
    name: string;
    /** What it is */
    kind: ServerKind;
    /** Scheme, host, port and path, without a slash at its end */
    address: string;
    /** It may be synchronised with */
    enabled: boolean;
    /** What the server says it is, as Plex's machineIdentifier or Jellyfin's Id; null until a test has answered */
    identity: string | null;
    /** What it calls itself */
    server_name: string | null;
    /** What it runs */
    version: string | null;
    /** Name of the account that owns it; of Plex alone */
    owner: string | null;
    /** Fingerprint of the one certificate that is trusted; null: the system's authorities are */
    certificate_sha256: string | null;
    /** There is one */
    has_token: boolean;
    /** Its last characters, of a long one */
    token_hint: string | null;
    /** Who is signed in there, of Jellyfin and Emby; null: the token was given */
    username: string | null;
    /** When it was added */
    created_at: string;
    /** When something of it was changed last */
    changed_at: string;
    /** How the newest test ended; absent: not tested as it stands */
    test?: ServerTestResult;
    /** How its continuous sync stands; absent: nothing syncs such servers */
    sync?: ServerSyncView;
}

/** A library of a media server. */
export interface ServerLibrary {
    /** What the server calls it, as Plex's section number */
    id: string;
    /** What a person calls it */
    name: string;
    /** What it holds in the server's words: movie, show, artist, photo */
    type: string;
}

/** What a sync goes by; kept with its job. */
export interface PlexParams {
    /** The media server, as the registry calls it */
    server_id: string;
    /** Its machineIdentifier, where it was known */
    identity?: string;
    /** How far back, in days */
    days_back: number;
    /** Only plays of these libraries; none: of all */
    library_ids?: string[];
}

/** Where a sync goes on. */
export interface PlexCursor {
    /** Which of the libraries is read; 0 without any */
    pass: number;
    /** The server does not filter by time, or not sort: it is read by offset */
    by_offset: boolean;
    /** Unix seconds: no row before it is wanted any more */
    floor: number;
    /** Newest viewedAt that was read, in unix seconds */
    second: number;
    /** Rows read of that second, or by offset of all */
    offset: number;
    /** Ids of the rows read last, 8 bytes each: met again they are dropped */
    ids?: string;
    /** All libraries are read at once, and those that are wanted chosen */
    whole?: boolean;
}

/** What a sync of a server goes by; kept with its job. */
export interface ServerSyncParams {
    /** The server, as the registry has it */
    server_id: string;
    /** What a test of the server said it is */
    identity?: string;
    /** By the server's clock: what is older was read. Absent: all is read */
    since?: string;
    /** Where the newest completed sync of it went on, in the words of its reader */
    cursor?: string;
}

/** A play that was seen among what a server says is being played; kept by the registry until a sync has stored it. */
export interface WatchedPlay {
    /** Who plays what in which of the server's sessions */
    key: string;
    /** Account, as the server calls it */
    user: string;
    /** Item, as the server calls it */
    item: string;
    /** By the server's clock, as all times here; known if begin_seen */
    started_at: string;
    /** The newest look that met it */
    seen_at: string;
    /** The first look after it that did not */
    left_at?: string;
    /** Of one that has ended: when, if that was seen */
    stopped_at?: string;
    /** It began between two looks that were close to each other */
    begin_seen: boolean;
    /** When it was seen last */
    paused: boolean;
    /** How far into the item it was then; 0: not told */
    position_ms: number;
    /** For how long it was paused so far */
    paused_ms: number;
    /** Of the item; 0: not told */
    duration_ms: number;
    /** The device */
    player?: string;
    /** The program */
    product?: string;
    /** Its version */
    product_version?: string;
    /** What it runs on */
    platform?: string;
    /** What the server calls the device */
    machine_id?: string;
    /** Where it is, maybe with a port */
    address?: string;
    /** How it is played, in the server's words */
    method?: string;
    /** JSON: what the server said of the item, if it need not be asked again */
    about?: string;
}

/** An address of a person's server, and whether that server answers there. */
export interface PlexConnection {
    /** As it would be stored */
    address: string;
    /** In the server's own network, says plex.tv */
    local: boolean;
    /** By way of plex.tv's own computers: slow */
    relay: boolean;
    /** https */
    secure: boolean;
    /** The server that is meant answers there */
    works: boolean;
    /** If not: a row of errors.def */
    code?: string;
    /** What is wrong */
    error?: string;
}

/** A server of the person who signed in. */
export interface PlexPersonServer {
    /** Which server it is */
    machine_identifier: string;
    /** What its owner calls it */
    name: string;
    /** It is the person's own */
    owned: boolean;
    /** Who shares it; null of an own one */
    owner: string | null;
    /** What it runs */
    version: string | null;
    /** What a person has to know before it is added */
    note?: string;
    /** It is registered already, as this server */
    server_id?: string;
    /** Those that work first, and of them the best first */
    connections: PlexConnection[];
}

/** What delays a sign-in, or why it is over. */
export interface SignInProblem {
    /** A row of errors.def */
    code: string;
    /** What is wrong */
    error: string;
    /** What to do */
    remedy: string;
}

/** One thing that was asked for, done or refused, as its caller tells it. */
export interface AuditEntry {
    /** Made by the caller; twice is stored once */
    entry_id: string;
    /** When it happened */
    at: string;
    /** requested, outcome, refused or log */
    phase: AuditPhase;
    /** The route's name, or what ended, as in job_ended */
    action: string;
    /** Who: a user's name, local (this machine's command line), playbus itself; absent if unknown */
    actor?: string;
    /** viewer or admin */
    role?: string;
    /** Where from */
    address?: string;
    /** What it was about: a path, a user, a token */
    target?: string;
    /** ok, or the error's code, or a job's status */
    outcome?: string;
    /** The job */
    job_id?: string;
    /** The request's X-Correlation-Id */
    request_id?: string;
    /** Parameters as a JSON object, by an allow-list per route */
    params?: string;
    /** Of refusals of one kind from one address in one minute; 1 if absent */
    count?: number;
}

/** An entry as the log keeps it. */
export interface AuditEvent {
    /** Its number, from 1, without gaps */
    n: number;
    /** Hexadecimal BLAKE2b-256 of the hash before it and the entry's bytes */
    hash: string;
    /** Which key signed it */
    key_id: string;
    /** Made by the caller */
    entry_id: string;
    /** When it happened */
    at: string;
    /** requested, outcome, refused or log */
    phase: AuditPhase;
    /** What */
    action: string;
    /** Who */
    actor?: string;
    /** viewer or admin */
    role?: string;
    /** Where from */
    address?: string;
    /** What it was about */
    target?: string;
    /** ok, or the error's code, or a job's status */
    outcome?: string;
    /** The job */
    job_id?: string;
    /** The request's X-Correlation-Id */
    request_id?: string;
    /** Parameters as a JSON object */
    params?: string;
    /** How many alike this entry stands for */
    count?: number;
}

/** One act: what was asked for and what came of it, as one line in words. */
export interface AuditAct {
    /** Number of its first entry */
    n: number;
    /** When it was asked for */
    at: string;
    /** One of audit_action, or of another version */
    action: string;
    /** What, in words */
    text: string;
    /** With what, in words */
    details?: string;
    /** done, stopped, refused, failed or unknown */
    result: AuditResult;
    /** What came of it, in words */
    result_text: string;
    /** Who */
    actor?: string;
    /** viewer or admin */
    role?: string;
    /** Where from */
    address?: string;
    /** What it was about */
    target?: string;
    /** ok, or the error's code, or a job's status */
    outcome?: string;
    /** The job */
    job_id?: string;
    /** How many alike it stands for */
    count?: number;
    /** As the log keeps them: what was asked for, then its outcome; or the only one */
    entries: AuditEvent[];
}

/** Makes the first administrator. */
export interface AuthSetup {
    /** The one-time set-up code that Playbus printed at its start */
    code: string;
    /** Name to sign in with */
    name: string;
    /** 12 to 128 characters */
    password: string;
}

/** Signs in. */
export interface AuthLogin {
    /** Name */
    name: string;
    /** Password */
    password: string;
}

/** The password once more, before users, tokens or sessions are changed. */
export interface AuthConfirm {
    /** The current password */
    password: string;
}

/** Changes one's own password; the other sessions of the user end. */
export interface AuthPassword {
    /** The current one */
    current_password: string;
    /** 12 to 128 characters */
    new_password: string;
}

/** Who is asking; never an error. */
export interface AuthState {
    /** Signed in */
    authenticated: boolean;
    /** There is no administrator yet */
    setup_required: boolean;
    /** Name of the user */
    user?: string;
    /** Of the user */
    role?: RoleName;
    /** For X-CSRF-Token on every call that changes something; of a session */
    csrf_token?: string;
    /** Nothing but a new password is accepted until it is changed */
    must_change_password?: boolean;
    /** The session ends then at the latest */
    expires_at?: string;
    /** Served beyond this machine without TLS: show a standing warning */
    plain_lan?: boolean;
    /** Of the gateway */
    version: string;
}

/** A small answer to a change. */
export interface AuthDone {
    /** What was done */
    message: string;
}

/** A session. */
export interface SessionView {
    /** For revocation; never the cookie */
    id: string;
    /** Whose */
    user: string;
    /** Where it was begun */
    address?: string;
    /** With what */
    user_agent?: string;
    /** Sign-in */
    created_at: string;
    /** Last call that was not passive */
    last_used_at: string;
    /** Ends then at the latest */
    expires_at: string;
    /** The one that asks */
    current: boolean;
}

/** One's own sessions, newest first; an administrator asks all=true for everybody's. */
export interface SessionsListed {
    /** Newest first */
    items: SessionView[];
}

/** Which sessions. */
export interface SessionsList {
    /** Everybody's; administrators only */
    all?: boolean;
}

/** A user. */
export interface UserView {
    /** Opaque */
    id: string;
    /** Name to sign in with */
    name: string;
    /** What they may do */
    role: RoleName;
    /** May sign in */
    active: boolean;
    /** The password was set by someone else */
    must_change_password: boolean;
    /** When it was made */
    created_at: string;
    /** Newest sign-in */
    last_sign_in_at?: string;
    /** Ids of the persons whose plays a viewer sees; none: everybody's */
    people?: string[];
}

/** Every user, by name. */
export interface UsersListed {
    /** By name */
    items: UserView[];
}

/** A new user. */
export interface UserCreate {
    /** 1 to 64 printable characters, unique regardless of case */
    name: string;
    /** What they may do */
    role: RoleName;
    /** 12 to 128 characters; to be changed at the first sign-in */
    password: string;
}

/** What changes of a user; absent fields stay. Ends the user's sessions where it takes something away. */
export interface UserChange {
    /** New name */
    name?: string;
    /** New role */
    role?: RoleName;
    /** May sign in */
    active?: boolean;
    /** New password, to be changed at the next sign-in */
    password?: string;
    /** Ids of the persons whose plays a viewer sees, and of nobody else; [] for everybody's */
    people?: string[];
}

/** A bearer token, without its secret. */
export interface TokenView {
    /** Opaque; part of the token */
    id: string;
    /** What it is for */
    name: string;
    /** At most its owner's */
    role: RoleName;
    /** Its owner */
    user: string;
    /** When it was made */
    created_at: string;
    /** Ends then */
    expires_at: string;
    /** Newest call, to the minute */
    last_used_at?: string;
}

/** Every token an administrator may see, newest first. */
export interface TokensListed {
    /** Newest first */
    items: TokenView[];
}

/** A token for a script. */
export interface TokenCreate {
    /** What it is for */
    name: string;
    /** viewer unless told */
    role?: RoleName;
    /** 90 unless told */
    expires_in_days?: number;
}

/** The only time the token is shown. */
export interface TokenCreated {
    /** pbt_<id>_<43 characters of base64url> */
    token: string;
    /** What it is */
    about: TokenView;
}

/** Which entries move into a sealed segment. */
export interface AuditSealBefore {
    /** Everything that happened before this */
    before: string;
}

/** Which entries of the audit log an export holds, and how. */
export interface AuditExport {
    /** csv unless told */
    format?: ExportFormat;
    /** Happened at or after */
    from?: string;
    /** Happened before */
    to?: string;
    /** Only of this actor */
    actor?: string;
    /** Only this action */
    action?: string;
    /** Only this phase */
    phase?: AuditPhase;
    /** Only with this outcome */
    outcome?: string;
    /** Only of this job */
    job_id?: string;
    /** Text in actor, address, target or parameters */
    q?: string;
    /** Only outcomes and refusals with this result */
    result?: AuditResult;
}

/** Which plays an export holds, and how. */
export interface HistoryExport {
    /** csv unless told */
    format?: ExportFormat;
    /** Only of this server */
    server?: string;
    /** Only of this user (id, or name in any case) */
    user?: string;
    /** Only of this type */
    media_type?: string;
    /** Started at or after */
    from?: string;
    /** Started before */
    to?: string;
    /** Text in a title, in any case, with accents or without */
    q?: string;
    /** Only of this library (id, or name in any case) */
    library?: string;
    /** Only of this person (id) */
    person?: string;
    /** brief unless told; full needs jsonl */
    detail?: DetailLevel;
}

/** What an uploaded file is called. */
export interface UploadPlace {
    /** Its name, without folders */
    name?: string;
    /** db_path of an upload: this file is its -wal */
    beside?: string;
}

/** An upload, ready to be imported. */
export interface UploadStored {
    /** Where it is now */
    db_path: string;
    /** Its size */
    bytes: number;
}

/** Which upload is not needed. */
export interface UploadRemove {
    /** Where it is, as the upload was answered */
    db_path: string;
}

/** An upload that is gone, with its -wal. */
export interface UploadRemoved {
    /** Where it was */
    db_path: string;
}

/** A key is absent until its job has run once. */
export interface SyncStanding {
    /** Import of a Tautulli database */
    tautulli_import?: Progress;
    /** A Plex server's own history */
    plex_historical?: Progress;
    /** Continuous sync of one media server; in JSON an object by server */
    server_syncs?: Progress[];
    /** Undoing one job */
    undo?: Progress;
    /** Grouping plays anew */
    regroup?: Progress;
    /** Erasing a person's plays */
    forget?: Progress;
}

/** A sign of life. */
export interface Health {
    /** live or ready */
    status: string;
}

/** Room where the data folder lies. */
export interface DiskRoom {
    /** Free for the service */
    free_bytes: number;
    /** Size */
    total_bytes: number;
}

/** How much of the disk one kind of file takes. */
export interface StoreSize {
    /** history, audit (with its sealed segments) or uploads */
    name: string;
    /** Size of its files */
    bytes: number;
}

/** A library in use. */
export interface LibraryVersion {
    /** Its name */
    name: string;
    /** The version loaded */
    version: string;
}

/** Settings that matter to a caller. */
export interface SystemSettings {
    /** The data folder */
    data_dir: string;
    /** Address and port */
    listen: string;
    /** Address people use */
    public_url?: string;
    /** Database used when a request names none */
    db_path?: string;
    /** Folders databases may be imported from */
    allowed_dirs: string[];
}

/** An actor that cannot do its work. */
export interface StartProblem {
    /** Its name */
    actor: string;
    /** A row of errors.def */
    code: string;
    /** What is wrong, with the file or setting it is about */
    error: string;
    /** What to do */
    remedy: string;
}

/** What `playbus check` found of a database, or of the audit log's chain. */
export interface StoreCheck {
    /** Its name in the data folder */
    file: string;
    /** All of it can be read, and fits together */
    whole: boolean;
    /** If not: a row of errors.def */
    code?: string;
    /** What is wrong */
    error?: string;
    /** What to do */
    remedy?: string;
    /** In more detail */
    finding?: string;
}

/** The newest `playbus check`. */
export interface CheckResult {
    /** When */
    at: string;
    /** Every one is */
    whole: boolean;
    /** Each that was looked at */
    stores: StoreCheck[];
}

/** What runs, and where. */
export interface SystemStanding {
    /** Of the gateway */
    version: string;
    /** Libraries of the gateway */
    libraries: LibraryVersion[];
    /** Sorted by name */
    actors: ActorView[];
    /** Actors that cannot do their work */
    problems: StartProblem[];
    /** What `playbus check` found, if it was ever run */
    check?: CheckResult;
    /** Room on the disk */
    disk?: DiskRoom;
    /** What the service keeps there */
    stores?: StoreSize[];
    /** Settings that matter */
    settings: SystemSettings;
    /** Each actor can open its own files alone; false: the kernel has no Landlock */
    confined?: boolean;
}

/** The one shape of every failure. */
export interface ApiError {
    /** Always false */
    success: boolean;
    /** A sentence for a person */
    error: string;
    /** A constant for a program */
    code: string;
    /** What to do next */
    remedy: string;
    /** Names this request in the log */
    correlation_id: string;
    /** The field that is wrong */
    field?: string;
    /** The job in the way */
    job_id?: string;
    /** What that job does */
    operation?: Operation;
    /** Where that job stands */
    stats?: Progress;
    /** The same and more: actor, owner, mode, service_user */
    details?: Refusal;
}

/** Sent twice a second: who is there and which events it wants. */
export interface ActorHello {
    /** Name; several instances may share it (workers) */
    actor: string;
    /** name#unique, new at every start */
    instance: string;
    /** Process */
    pid: number;
    /** Of the program */
    version: string;
    /** Resident set */
    memory_bytes?: number;
    /** Others share its name: not addressed by it, and none replaces another */
    many?: boolean;
    /** Names of the events it wants */
    events: string[];
    /** Of a worker on another machine: what it understands … */
    schema_hash?: string;
    /** … how it maps rows: both must be as here */
    mapping?: number;
    /** … and what that machine is called */
    machine?: string;
}

/** The broker knows the actor; the kept events follow if it was new. */
export interface ActorWelcome {
    /** The broker's instance: a change means it was restarted */
    broker: string;
}

/** An instance came or went; subject its instance. */
export interface ActorChanged {
    /** Name */
    actor: string;
    /** name#unique */
    instance: string;
    /** Process */
    pid: number;
    /** Of the program */
    version: string;
    /** up or away */
    condition: ActorCondition;
}

/** Who is there; answered by the broker. */
export interface ActorsGet {
}

/** Every instance the broker has heard of, away ones for ten minutes. */
export interface ActorsGot {
    /** Sorted by name */
    actors: ActorView[];
    /** The broker's own: routed, refused by reason, dropped */
    counters: Counter[];
}

/** Begin or resume an import. */
export interface ImportStart {
    /** Made by the gateway; a known one answers with that job */
    job_id: string;
    /** Database file, or the http address of a registered Tautulli; empty means the configured one */
    db_path?: string;
    /** Go on after the last committed row */
    resume?: boolean;
    /** Read and check, store no play */
    dry_run?: boolean;
    /** A registered Tautulli, to be imported from its address; with a file the media server, if not the one the file names */
    server_id?: string;
    /** Who asked */
    asked_by?: string;
}

/** The job is made and runs. */
export interface ImportStarted {
    /** On a resume the id of the job that goes on */
    job_id: string;
    /** Where it stands */
    stats: Progress;
}

/** Say what is in a database, or what a Tautulli has. */
export interface ImportValidate {
    /** Database file, or the http address of a registered Tautulli; empty means the configured one */
    db_path?: string;
    /** How long it may take; then complete is false */
    budget_ms?: number;
    /** A registered Tautulli, asked through its API: complete is false, and what needs every row is left out */
    server_id?: string;
}

/** What a database holds. */
export interface ImportValidated {
    /** False if time ran out; the rest is then a part */
    complete: boolean;
    /** Pages cannot be read: an import would end at the first of them */
    damaged?: boolean;
    /** What is damaged and what helps, for a person; among the warnings, too */
    damage?: string;
    /** Rows of session_history */
    total_records: number;
    /** Absent when there is no valid start */
    date_range?: DateRange;
    /** Different users */
    unique_users: number;
    /** Most frequent first */
    media_types: MediaTypeCount[];
    /** What version_info says */
    tautulli_version?: string;
    /** Most frequent server of library_sections */
    server_id?: string;
    /** Size, with the -wal */
    file_bytes: number;
    /** Now minus the newest start */
    newest_record_age_s?: number;
    /** Plays the history has of this source */
    already_imported: number;
    /** Sentences for a person */
    warnings: string[];
}

/** Look for databases in the allowed folders. */
export interface ImportCandidatesGet {
}

/** Databases and backups found. */
export interface ImportCandidates {
    /** Newest first */
    items: Candidate[];
}

/** A worker has room for one batch; waits up to the deadline. */
export interface LeaseTake {
    /** The worker's instance */
    worker: string;
    /** It is on another machine; written by the door */
    remote?: boolean;
    /** Which of the worker's places is free; asked twice, the same lease is given */
    slot?: number;
}

/** A range of ids to read, map and deliver; none when job_id is absent. */
export interface LeaseTaken {
    /** The job */
    job_id?: string;
    /** Its attempt */
    attempt?: number;
    /** Number of the lease, for renewal */
    lease?: number;
    /** The opened file (a staged copy or the source itself); absent for a worker on another machine */
    path?: string;
    /** The media server, part of an item's hash */
    server_id?: string;
    /** First row id */
    first_id?: number;
    /** Last row id, inclusive */
    last_id?: number;
    /** Rows the plan counted in the range */
    planned_rows?: number;
    /** Threshold for watched */
    watched_percent?: number;
    /** The plan's clock: what counts as future */
    planned_at?: string;
    /** Of the file that was planned: another one is not read */
    inode?: number;
    /** Number of the adoption, for the batch */
    runner?: number;
    /** The plan ends with it */
    last?: boolean;
    /** The coordinator's, over job, attempt, range and worker; goes with the batch */
    seal?: string;
    /** Rows from here to last_id … */
    checked_from?: number;
    /** … are so many … */
    checked_rows?: number;
    /** … and have this sum over (id, started, stopped): another file's have not */
    checksum?: number;
    /** Of a worker on another machine: what some rows, not told which, are mapped to; goes with the batch */
    sample?: string;
}

/** A worker still holds these leases; whatever else was given to it ends. */
export interface LeaseRenew {
    /** The worker's instance */
    worker: string;
    /** Number of the lease whose rows it reads now; absent: none */
    reading?: number;
    /** Those that its places hold */
    held: HeldLease[];
}

/** Go on, or drop what is held if the job ended. */
export interface LeaseRenewed {
    /** The running job, if any */
    job_id?: string;
    /** Its attempt */
    attempt?: number;
}

/** A lease is delivered up to last_id, or could not be read. */
export interface LeaseDone {
    /** The worker's instance */
    worker: string;
    /** The job */
    job_id: string;
    /** Its attempt */
    attempt: number;
    /** Number of the lease */
    lease: number;
    /** Committed up to here; lower than leased if the batch was full */
    last_id?: number;
    /** Planned rows after last_id */
    rows_left?: number;
    /** Rows read into the batch … */
    rows?: number;
    /** … and their encoded size: what the next cuts go by */
    bytes?: number;
    /** Why it could not be read */
    code?: string;
    /** A sentence for a person */
    text?: string;
    /** Its rows were sent to the worker */
    sent?: boolean;
}

/** The coordinator knows. */
export interface LeaseNoted {
}

/** From the history: rows that a worker on another machine delivered are not those of the sample. */
export interface SampleDiffers {
    /** The job */
    job_id: string;
    /** Its attempt */
    attempt: number;
    /** The worker's instance */
    worker: string;
    /** The rows from here … */
    first_id: number;
    /** … to here, inclusive */
    last_id: number;
    /** What they are, as delivered */
    digest: string;
    /** What its lease was sealed with, and the digest is made with */
    lease_key: string;
}

/** Mapped again by the coordinator. */
export interface SampleJudged {
    /** They are not what the source says; false: that changed meanwhile, or the job is over */
    lied: boolean;
}

/** A worker without the file asks what the file says of itself, a part at a time. */
export interface RowsNamesGet {
    /** The worker's instance */
    worker: string;
    /** The job */
    job_id: string;
    /** Its attempt */
    attempt: number;
    /** Number of a lease that it holds */
    lease: number;
    /** How many of the users and libraries it has */
    from: number;
}

/** The columns that are there, and of users and libraries the next ones. */
export interface RowsNames {
    /** Tells one opening of the file from another */
    opened: number;
    /** A byte for each column that the mapping knows: is it there */
    columns: string;
    /** Users and libraries there are */
    total: number;
    /** In the file's order, before the libraries */
    people: Person[];
    /** In the file's order */
    libraries: Library[];
}

/** A worker without the file asks for rows of a lease; three such may be under way. */
export interface RowsAsk {
    /** The worker's instance */
    worker: string;
    /** The job */
    job_id: string;
    /** Its attempt */
    attempt: number;
    /** Number of the lease */
    lease: number;
    /** The first row, in the lease's range */
    from_id: number;
}

/** A parcel of rows as the file holds them, in order of id, of the columns that are there. */
export interface RowsSent {
    /** As in rows.named */
    opened: number;
    /** The lease ends with it */
    whole: boolean;
    /** Its last row */
    last_id?: number;
    /** What the rows just before it told, for repeats of it */
    before: string;
    /** One array a row: is its reference_id a row, then the values */
    rows: string;
    /** The row behind these, if it has no room in any parcel */
    wide?: WideRow;
}

/** All whom the import that runs leaves idle; subject the actor that does. */
export interface WorkersIdle {
    /** The workers; one whose time is over is not */
    items: IdleWorker[];
}

/** Every worker and invitation. */
export interface WorkerList {
}

/** By name. */
export interface WorkersListed {
    /** Workers and invitations */
    items: WorkerView[];
    /** Where the door listens */
    endpoint: string;
    /** Of the door: let through, refused and cut by reason */
    counters: Counter[];
}

/** Make an invitation, good for one worker. */
export interface WorkerInvite {
    /** What the worker will be called */
    name?: string;
    /** Seconds it is good for; an hour unless told */
    for_s?: number;
    /** HOST:PORT by which the worker reaches this machine, if not as the door listens */
    address?: string;
}

/** The invitation, which is never shown again. */
export interface WorkerInvited {
    /** By which it can be revoked */
    id: string;
    /** Of the worker */
    name: string;
    /** When it ends */
    until: string;
    /** One line for `playbus worker join`: endpoint, the door's public key, a one-time key */
    invitation: string;
}

/** Take a worker's key, or an invitation, back; what it has open is cut. */
export interface WorkerRevoke {
    /** Of the worker or invitation */
    id: string;
    /** Why Playbus itself does it: the worker stays in the list, with this, until it is revoked by a person too */
    reason?: string;
    /** The same for the audit log */
    code?: string;
}

/** It is let in no more. */
export interface WorkerRevoked {
    /** Of the worker */
    id: string;
    /** What it was called */
    name: string;
}

/** The door lets a worker's key in no more, whoever revoked it: of what it has sent nothing more is taken; subject the first letter of its id. */
export interface WorkerGone {
    /** Of the worker */
    id: string;
    /** What its instances begin with, before the point */
    worker: string;
}

/** With an invitation's key: the public half of a new worker's own. */
export interface WorkerJoin {
    /** Z85 */
    public_key: string;
    /** What its machine is called */
    machine: string;
    /** Of its Playbus */
    version: string;
    /** What it understands */
    schema_hash: string;
    /** How it maps rows */
    mapping: number;
}

/** Its key is known; the invitation is used up. */
export interface WorkerJoined {
    /** Fingerprint of its key */
    id: string;
    /** What it is called */
    name: string;
}

/** Make or resume a job, unless another one excludes it. */
export interface JobCreate {
    /** Made by the gateway; a known one answers with that job */
    job_id: string;
    /** What it does */
    operation: Operation;
    /** What a person knows its source by: a path, a server's name */
    title?: string;
    /** Continue the newest cancelled or failed job of this source; with dry_run given, of that kind */
    resume?: boolean;
    /** Stores no play */
    dry_run?: boolean;
    /** The media server asked for */
    server_id?: string;
    /** Who asked */
    asked_by?: string;
    /** Rows of the source; absent while it is not yet open (an archive) */
    samples?: RowKey[];
    /** The operation's own start record, packed; given back with the task */
    params?: string;
    /** Begun by no person: told to nobody, and leaves no trace, unless it changes something */
    scheduled?: boolean;
    /** All that the server has is read, not what came since */
    whole?: boolean;
}

/** The job runs. */
export interface JobCreated {
    /** It was there already: a repeated command */
    known: boolean;
    /** What to do */
    task: JobTask;
    /** Where it stands */
    stats: Progress;
}

/** Fix what a job has to handle; a repeated one changes nothing. */
export interface JobPlan {
    /** The job */
    job_id: string;
    /** Its attempt */
    attempt: number;
    /** First position */
    first_id: number;
    /** Last position, inclusive */
    last_id: number;
    /** Rows between them */
    total: number;
    /** The plan's clock */
    planned_at: string;
    /** The media server */
    server_id: string;
    /** Its name, if the source knows it */
    server_name?: string;
    /** Rows the source is recognised by; kept for a resume */
    samples: RowKey[];
    /** Rows of known sources that stand in this one too */
    found?: RowKey[];
    /** The server as the source itself names it; absent if it does not know */
    own_server_id?: string;
    /** What a person should know of the source, for the receipt */
    warnings?: string[];
    /** Its users */
    people: Person[];
    /** Its libraries */
    libraries: Library[];
    /** Kind of the source, of an operation per server */
    kind?: SourceKind;
    /** What leases are sealed with; not kept over a restart */
    lease_key?: string;
}

/** The plan stands. */
export interface JobPlanned {
    /** What to do */
    task: JobTask;
}

/** What a running job is doing; not kept over a restart. */
export interface JobPhase {
    /** The job */
    job_id: string;
    /** Its attempt */
    attempt: number;
    /** What it is doing */
    phase: Phase;
    /** The actor or thing it waits for */
    waiting_for?: string;
    /** A sentence for a person */
    message?: string;
}

/** End a running job in error; what was stored stays. */
export interface JobFail {
    /** The job */
    job_id: string;
    /** Its attempt */
    attempt: number;
    /** Why */
    code: string;
    /** A sentence for a person */
    text?: string;
}

/** Cancel what runs of an operation; answered after the commit. */
export interface JobStop {
    /** Which operation */
    operation: Operation;
    /** Which server, for server_sync */
    server_id?: string;
    /** Only this job, or what undoes it; or how its id begins */
    job_id?: string;
}

/** What could be resumed no longer can; refused while one runs. */
export interface JobClear {
    /** Which operation */
    operation: Operation;
}

/** Where the job stands after the command. */
export interface JobState {
    /** Where it stands */
    stats: Progress;
}

/** What undoing a job would do; walks through all it saw. */
export interface UndoPreview {
    /** The job, or how its id begins */
    job_id: string;
}

/** What undoing a job would do, or, of one that is half undone, will have done. */
export interface UndoPreviewed {
    /** The job */
    job_id: string;
    /** Rows that no other job saw: they go */
    removed: number;
    /** Rows that other jobs saw too, and that stay as they are */
    kept: number;
    /** Rows that other jobs saw too, and that say again what those saw */
    restored: number;
    /** Plays there are more of those that several rows told of, since what joined these goes */
    split: number;
    /** Not all is counted yet: asked again it goes on, and these are the figures so far */
    counting?: boolean;
    /** While counting: rows of the job that were looked at */
    looked_at?: number;
    /** While counting: rows that it saw */
    rows?: number;
}

/** Running jobs of an operation, for a coordinator that starts. */
export interface JobsUnfinished {
    /** Which operation */
    operation: Operation;
    /** The asker goes on with them: batches of whoever had them before are refused from here on */
    adopt?: boolean;
    /** Only this server's */
    server_id?: string;
    /** What their leases are sealed with from here on */
    lease_key?: string;
}

/** What to go on with. */
export interface JobsUnfinishedFound {
    /** Running jobs */
    tasks: JobTask[];
}

/** Rows of every known source of a kind, to be looked for in a new one. */
export interface SourceSamplesGet {
    /** What brings such sources */
    operation: Operation;
}

/** Rows of every known source. */
export interface SourceSamples {
    /** Newest source first */
    items: SourceSample[];
}

/** Is this source known?. */
export interface SourceMatch {
    /** Rows of the source */
    samples: RowKey[];
    /** Rows of known sources that stand in this one too */
    found?: RowKey[];
    /** Kind of the source; tautulli unless told */
    kind?: SourceKind;
}

/** What the history has of it. */
export interface SourceMatched {
    /** Known sources that are the same; none if it is new */
    members: SourceMember[];
    /** Plays of these that an earlier version stored twice */
    doubled: number;
}

/** How many of these rows are stored?. */
export interface SourceKnownGet {
    /** Under any of these sources */
    members: SourceMember[];
    /** The rows */
    keys: RowKey[];
}

/** Rows that are stored. */
export interface SourceKnown {
    /** How many */
    n: number;
}

/** One batch of a job; answered after its commit. */
export interface BatchCommit {
    /** The job */
    job_id: string;
    /** Its attempt */
    attempt: number;
    /** First position of the range */
    first_id: number;
    /** Last position of the range, inclusive */
    last_id: number;
    /** Rows the plan counted in this range */
    planned_rows: number;
    /** Threshold for watched, for plays that the batch completes */
    watched_percent?: number;
    /** Rows in plays */
    play_count: number;
    /** Rows in items */
    item_count: number;
    /** What rows are counted under */
    facets: Facet[];
    /** Rejected and repaired rows */
    notes: RowNote[];
    /** play_count `play` rows, positional, in order of position */
    plays: string;
    /** item_count `batch_item` rows, positional */
    items: string;
    /** Number of the adoption that the batch is of */
    runner: number;
    /** The coordinator's own words for where it goes on after last_id; kept with the commit */
    cursor?: string;
    /** With it the job's work is done */
    last?: boolean;
    /** Its rows may have a native_id beside their position */
    native_ids?: boolean;
    /** Rows read beside its own that the plan counted and the job does not want: its total loses them */
    unwanted_rows?: number;
    /** Of an operation whose work is leased: what it was read under */
    lease?: LeaseSeal;
}

/** Committed, now or before. */
export interface BatchCommitted {
    /** The job's checkpoint */
    next_id: number;
    /** Planned rows that were committed by this; absent: they were before */
    rows?: number;
}

/** Where an operation stands; subject operation or operation/server_id. */
export interface SyncProgress {
    /** The record */
    progress: Progress;
    /** The job's checkpoint, for its coordinator */
    next_id?: number;
}

/** How far a job is stored, after each commit of rows read on another machine; subject as sync.progress. */
export interface RowsCommitted {
    /** The job */
    job_id: string;
    /** Its attempt */
    attempt: number;
    /** Its checkpoint */
    next_id: number;
}

/** Where every operation that ever ran stands. */
export interface StatusGet {
    /** Only this one */
    operation?: Operation;
}

/** One record per operation and server. */
export interface StatusGot {
    /** Newest job of each */
    operations: Progress[];
}

/** Where an operation stands, and what of it could be resumed. */
export interface ImportStatusGet {
    /** Which; the Tautulli import unless told */
    operation?: Operation;
}

/** Where the operation stands. */
export interface ImportStatus {
    /** idle with zeros before the first run */
    stats: Progress;
    /** What a resume would continue */
    resumable?: Resumable;
    /** The newest completed run */
    last_success?: LastSuccess;
    /** Plays that an earlier version stored twice; absent: none */
    doubled_plays?: number;
}

/** Past and running jobs, newest first. */
export interface JobsList {
    /** Only these */
    operation?: Operation;
    /** Only this server's */
    server_id?: string;
    /** From the page before */
    cursor?: string;
    /** 100 unless told */
    limit?: number;
}

/** A page of jobs. */
export interface JobsListed {
    /** Newest first */
    items: JobView[];
    /** Cursor of the following page */
    next: string | null;
}

/** One job with its receipt. */
export interface JobGet {
    /** The job, or how its id begins */
    job_id: string;
}

/** One job. */
export interface JobGot {
    /** The job */
    job: JobView;
    /** Its rows, accounted for */
    receipt: Receipt;
    /** Its course */
    samples: JobSample[];
}

/** Rejected rows of a job, or with repairs its repaired ones. */
export interface NotesList {
    /** The job, or how its id begins; the newest import unless told */
    job_id?: string;
    /** Text in the message or the raw row */
    q?: string;
    /** Only this code */
    code?: string;
    /** Repaired rows instead */
    repairs?: boolean;
    /** All of them as a file, as with Accept: text/csv, which a link cannot say */
    csv?: boolean;
    /** From the page before */
    cursor?: string;
    /** 100 unless told */
    limit?: number;
}

/** A page of rows, in order of their ids. */
export interface NotesListed {
    /** The rows */
    items: NoteView[];
    /** Cursor of the following page */
    next: string | null;
}

/** Stored plays, newest first. */
export interface HistoryList {
    /** Only of this server */
    server?: string;
    /** Only of this user (id, or name in any case) */
    user?: string;
    /** Only of this type */
    media_type?: string;
    /** Started at or after */
    from?: string;
    /** Started before */
    to?: string;
    /** Text in a title, in any case, with accents or without */
    q?: string;
    /** Only of this library (id, or name in any case) */
    library?: string;
    /** Only of this person (id) */
    person?: string;
    /** brief unless told */
    detail?: DetailLevel;
    /** From the page before */
    cursor?: string;
    /** 100 unless told */
    limit?: number;
    /** Nobody else's plays exist for the asker; none: everybody's do */
    only_persons?: string[];
    /** only_persons counts, even if it is empty */
    limited?: boolean;
}

/** A page of plays. */
export interface HistoryListed {
    /** Newest first */
    items: PlayView[];
    /** Cursor of the following page */
    next: string | null;
    /** How far back it has looked, where the page ended before it was full: ask for the next one */
    looked_at?: string;
}

/** One play with all that is known of it. */
export interface PlayGet {
    /** The play's own id */
    id: string;
    /** Nobody else's plays exist for the asker; none: everybody's do */
    only_persons?: string[];
    /** only_persons counts, even if it is empty */
    limited?: boolean;
}

/** One play. */
export interface PlayGot {
    /** The play, with detail=full */
    play: PlayView;
    /** What each source said, the one it was first told by first */
    rows: PlayRow[];
}

/** Counts and watched hours. */
export interface HistorySummary {
    /** What to count by */
    by: SummaryBy;
    /** Only of this server */
    server?: string;
    /** Only of this user (id, or name in any case) */
    user?: string;
    /** Only of this type */
    media_type?: string;
    /** Started at or after */
    from?: string;
    /** Started before */
    to?: string;
    /** Text in a title, in any case, with accents or without */
    q?: string;
    /** Only of this library (id, or name in any case) */
    library?: string;
    /** Only of this person (id) */
    person?: string;
    /** Nobody else's plays exist for the asker; none: everybody's do */
    only_persons?: string[];
    /** only_persons counts, even if it is empty */
    limited?: boolean;
}

/** Counts and watched hours. */
export interface HistorySummarised {
    /** Months, hours and weekdays in order of time, others by plays */
    items: SummaryLine[];
    /** All of them */
    totals: SummaryTotals;
    /** 1: some plays are not counted yet, as beside a large import, ask again; else absent */
    waiting?: number;
}

/** Every person with its accounts. */
export interface PeopleList {
}

/** Every person. */
export interface PeopleListed {
    /** Most plays first */
    items: PersonView[];
    /** The surer ones first */
    proposals: PersonProposal[];
    /** Accounts that nobody has mapped */
    unmapped: UnmappedAccounts;
    /** Of servers that both Plex and Tautulli tell of */
    skew: ClockSkew[];
    /** Persons whose rows are kept away */
    forgotten: ForgottenPerson[];
    /** Accounts beyond the 5,000 with the most plays */
    left_out: number;
}

/** What forgetting a person would erase. */
export interface PersonFigures {
    /** The person */
    id: string;
}

/** What there is of a person. */
export interface PersonFigured {
    /** The person, by the id of its own */
    id: string;
    /** Its accounts */
    accounts: AccountRef[];
    /** Its plays */
    plays: number;
    /** Rows that tell of them, each with all its versions */
    rows: number;
    /** Rejected and repaired rows that are kept of it */
    rejected: number;
    /** It is forgotten since then */
    since?: string;
}

/** Rows of a forgotten person may come back with the next import. */
export interface PersonUnforget {
    /** As it was called when it was forgotten */
    id: string;
}

/** The mark is gone. */
export interface PersonUnforgotten {
    /** The person */
    id: string;
}

/** Every media server. */
export interface ServerList {
}

/** Every media server. */
export interface ServersListed {
    /** By name */
    items: ServerView[];
}

/** One media server. */
export interface ServerGet {
    /** The server */
    id: string;
}

/** One media server as it stands now. */
export interface ServerTold {
    /** The server */
    server: ServerView;
}

/** Register a media server. */
export interface ServerAdd {
    /** Made by the gateway; a known one answers with that server */
    id: string;
    /** What it is called here, unique regardless of ASCII case */
    name: string;
    /** What it is; plex unless told */
    kind?: ServerKind;
    /** As http://192.168.1.10:32400 or https://media.example/plex */
    address: string;
    /** What opens it; never given back */
    token?: string;
    /** Fingerprint of the one certificate to trust, 64 hexadecimal digits */
    certificate_sha256?: string;
    /** It may be synchronised with; yes unless told */
    enabled?: boolean;
    /** Who signs in, of Jellyfin and Emby, in place of a token: a token is got with it at once */
    username?: string;
    /** Of that user; not kept */
    password?: string;
    /** Send it over plain http, beyond this machine too */
    insecure_password?: boolean;
}

/** Change a media server; absent fields stay. */
export interface ServerChange {
    /** The server */
    id: string;
    /** What it is called here */
    name?: string;
    /** Another host or port takes the token with it: an old one is sent only where it was meant for */
    address?: string;
    /** Takes the place of the old one; empty: none */
    token?: string;
    /** Fingerprint of the one certificate to trust; empty: the system's authorities are trusted */
    certificate_sha256?: string;
    /** It may be synchronised with */
    enabled?: boolean;
    /** Who signs in, of Jellyfin and Emby, in place of a token: a token is got with it at once */
    username?: string;
    /** Of that user; not kept */
    password?: string;
    /** Send it over plain http, beyond this machine too */
    insecure_password?: boolean;
    /** It is synced by itself, while it is enabled; yes unless told */
    scheduled?: boolean;
    /** How often; 15 unless told */
    interval_minutes?: number;
}

/** Remove a media server with its token; its plays stay. */
export interface ServerRemove {
    /** The server */
    id: string;
}

/** It is gone. */
export interface ServerRemoved {
    /** The server */
    id: string;
}

/** Connect to a media server and say whether it can be used. */
export interface ServerTest {
    /** The server */
    id: string;
}

/** The same before it is added; nothing is stored. */
export interface ServerProbe {
    /** What it is; plex unless told */
    kind?: ServerKind;
    /** As for adding it */
    address: string;
    /** What opens it */
    token?: string;
    /** Fingerprint of the one certificate to trust */
    certificate_sha256?: string;
}

/** What answers there, and that it can be used. */
export interface ServerProbed {
    /** As it would be stored */
    address: string;
    /** What the server says it is */
    identity: string;
    /** What it calls itself */
    server_name: string | null;
    /** What it runs */
    version: string | null;
    /** Name of the account that owns it; of Plex alone */
    owner: string | null;
}

/** Ask a media server which libraries it has now. */
export interface ServerLibraries {
    /** The server */
    id: string;
}

/** The libraries that a media server has now. */
export interface ServerLibrariesTold {
    /** In the server's order */
    libraries: ServerLibrary[];
}

/** Seal every token with a new key. */
export interface ServerRotateKey {
}

/** The new key seals. */
export interface ServerKeyRotated {
    /** How many tokens were sealed anew */
    tokens: number;
}

/** Begin or resume a sync of a Plex server's own history. */
export interface PlexStart {
    /** Made by the gateway; a known one answers with that job */
    job_id: string;
    /** How far back, in days; 30 unless told. A resume goes by what its job began with */
    days_back?: number;
    /** Only plays of these libraries; none: of all */
    library_ids?: string[];
    /** The media server; may be left out where one Plex server alone is enabled */
    server_id?: string;
    /** Go on after the last committed row */
    resume?: boolean;
    /** Who asked */
    asked_by?: string;
}

/** How a media server is reached and what opens it; for playbus-plex alone. */
export interface ServerCredentialsGet {
    /** The server */
    id: string;
}

/** The same of a Tautulli; for playbus-tautulli alone. */
export interface TautulliCredentialsGet {
    /** The Tautulli */
    id: string;
}

/** How a media server is reached, and its token. */
export interface ServerCredentials {
    /** The server */
    id: string;
    /** What it is called here */
    name: string;
    /** Scheme, host, port and path, without a slash at its end */
    address: string;
    /** What it said it is when it was tested */
    identity?: string;
    /** What it calls itself */
    server_name?: string;
    /** Fingerprint of the one certificate that is trusted; absent: the system's authorities are */
    certificate_sha256?: string;
    /** What we call ourselves towards servers */
    client_id: string;
    /** What opens it */
    token: string;
}

/** Sync a media server now. */
export interface ServerSyncStart {
    /** Made by the gateway; a known one answers with that job */
    job_id: string;
    /** The server */
    id: string;
    /** Who asked */
    asked_by?: string;
}

/** End a scheduled look at a media server that has made no job yet; idle is what is left. NOT_RUNNING: none is under way. */
export interface ServerSyncStop {
    /** The server */
    id: string;
}

/** How far the sync of a server is, as the history has it. */
export interface ServerSyncStandingGet {
    /** The server, as the registry has it */
    server_id: string;
}

/** How far the sync of a server is. */
export interface ServerSyncStanding {
    /** By the server's clock: what it told of then and before is stored; absent before the first sync */
    complete_to?: string;
    /** When it was asked last, and all that it told was taken */
    checked_at?: string;
    /** The same of all that it has */
    whole_at?: string;
    /** Start of the newest play that it told of */
    newest_play_at?: string;
    /** The words of the newest completed sync for where it went on */
    cursor?: string;
    /** A person has undone rows of it, which scheduled syncs keep away */
    undone_rows?: boolean;
}

/** Begin to sign in with Plex; a sign-in of the same holder ends. */
export interface PlexPinOpen {
    /** Made by the gateway; a known one answers with where it stands */
    id: string;
    /** The session or token that asks: nobody else hears of it */
    holder: string;
    /** A short code, which a person types at plex.tv/link */
    typed?: boolean;
    /** Where app.plex.tv leads when the person has agreed */
    forward_url?: string;
}

/** Where a sign-in with Plex stands. */
export interface PlexPinTold {
    /** What it is called here */
    id: string;
    /** Where it stands */
    status: PlexPinStatus;
    /** The page on which the person agrees, until that is done */
    address?: string;
    /** What is typed there, if it is */
    code?: string;
    /** Until when the person may agree, or a server be added */
    expires_at?: string;
    /** The person has agreed */
    signed_in?: boolean;
    /** What delays it, or why it is over */
    problem?: SignInProblem;
    /** The person's own first; none before it is done */
    servers: PlexPersonServer[];
}

/** Where a sign-in with Plex stands. */
export interface PlexPinShow {
    /** Which */
    id: string;
    /** The session or token that began it */
    holder: string;
}

/** Register a server of the person who signed in; with it the sign-in is over. */
export interface PlexPinAdd {
    /** Of the new server, made by the gateway; a known one answers with that server */
    id: string;
    /** Which sign-in */
    pin_id: string;
    /** The session or token that began it */
    holder: string;
    /** Which of the servers */
    machine_identifier: string;
    /** At which of its addresses; the best one unless told */
    connection?: string;
    /** What it is called here; what its owner calls it unless told */
    name?: string;
}

/** Give a sign-in with Plex up, and wipe its tokens. */
export interface PlexPinClose {
    /** Which */
    id: string;
    /** The session or token that began it */
    holder: string;
}

/** It is over. */
export interface PlexPinClosed {
    /** What it was called */
    id: string;
}

/** Begin a Quick Connect; one of the same holder ends. */
export interface QuickConnectOpen {
    /** Made by the gateway; a known one answers with where it stands. The server gets it too */
    id: string;
    /** The session or token that asks: nobody else hears of it */
    holder: string;
    /** Of the Jellyfin server, as http://192.168.1.10:8096 */
    address: string;
    /** Fingerprint of the one certificate to trust, 64 hexadecimal digits */
    certificate_sha256?: string;
}

/** Where a Quick Connect stands. */
export interface QuickConnectTold {
    /** What it is called here */
    id: string;
    /** Where it stands */
    status: QuickConnectStatus;
    /** Of the server, as it would be stored */
    address: string;
    /** What the server calls itself */
    server_name?: string;
    /** What it runs */
    version?: string;
    /** What is typed there, until that is done */
    code?: string;
    /** Who has typed it */
    username?: string;
    /** Until when the code may be typed, or the server be added */
    expires_at?: string;
    /** What delays it, or why it is over */
    problem?: SignInProblem;
}

/** Where a Quick Connect stands. */
export interface QuickConnectShow {
    /** Which */
    id: string;
    /** The session or token that began it */
    holder: string;
}

/** Register the server of a Quick Connect; with it that is over. */
export interface QuickConnectAdd {
    /** Which; a known server of this id is answered with */
    id: string;
    /** The session or token that began it */
    holder: string;
    /** What the server is called here */
    name: string;
}

/** Give a Quick Connect up, and end the token that it made. */
export interface QuickConnectClose {
    /** Which */
    id: string;
    /** The session or token that began it */
    holder: string;
}

/** It is over. */
export interface QuickConnectClosed {
    /** What it was called */
    id: string;
}

/** Append entries; answered after their commit. */
export interface AuditRecord {
    /** In the caller's order; known entry ids are skipped */
    entries: AuditEntry[];
}

/** All of them are in the log. */
export interface AuditRecorded {
    /** Number of the log's newest entry */
    last: number;
}

/** Entries, newest first. */
export interface AuditList {
    /** 100 unless told */
    limit?: number;
    /** next of the page before */
    cursor?: string;
    /** Happened at or after */
    from?: string;
    /** Happened before */
    to?: string;
    /** Only of this actor */
    actor?: string;
    /** Only this action */
    action?: string;
    /** Only this phase */
    phase?: AuditPhase;
    /** Only with this outcome */
    outcome?: string;
    /** Only of this job */
    job_id?: string;
    /** Text in actor, address, target or parameters */
    q?: string;
    /** Only outcomes and refusals with this result */
    result?: AuditResult;
}

/** A page of entries. */
export interface AuditListed {
    /** Newest first */
    items: AuditEvent[];
    /** cursor of the following page */
    next: string | null;
}

/** Acts, newest first. */
export interface AuditActs {
    /** 100 unless told */
    limit?: number;
    /** next of the page before */
    cursor?: string;
    /** Asked for at or after */
    from?: string;
    /** Asked for before */
    to?: string;
    /** Only of this actor */
    actor?: string;
    /** Only this action */
    action?: AuditAction;
    /** Only with this result */
    result?: AuditResult;
    /** Only with this outcome: ok, an error's code, or a job's status */
    outcome?: string;
    /** Only of this job */
    job_id?: string;
    /** Text in actor, address, target or parameters */
    q?: string;
}

/** A page of acts. */
export interface AuditActsListed {
    /** Newest first */
    items: AuditAct[];
    /** cursor of the following page */
    next: string | null;
}

/** Check the whole chain, in the background; one check at a time. */
export interface AuditVerify {
}

/** How the newest check went, or goes. */
export interface AuditVerificationGet {
}

/** A check of the chain, and the head it was held against. */
export interface AuditVerification {
    /** It is under way */
    running: boolean;
    /** Absent if none was ever asked for */
    started_at?: string;
    /** When it ended */
    ended_at?: string;
    /** Entries checked so far */
    checked: number;
    /** Entries in the log */
    total: number;
    /** Absent while it runs */
    intact?: boolean;
    /** The last entry up to which all is whole */
    intact_to?: number;
    /** The first one that is not */
    bad_entry?: number;
    /** A sentence for a person */
    message: string;
    /** Number of the newest signed head kept outside the database */
    head_n?: number;
    /** Its hash */
    head_hash?: string;
    /** The key that signs now */
    key_id?: string;
    /** Its public half, base64 */
    public_key?: string;
}

/** Sign with a new key from now on; the old one signs the change. */
export interface AuditRotate {
    /** Made by the caller; a known one changes nothing */
    entry_id: string;
    /** Who asked */
    actor?: string;
}

/** The new key signs. */
export interface AuditRotated {
    /** Its id */
    key_id: string;
    /** Its public half, base64 */
    public_key: string;
}

/** Move entries older than this into a sealed segment file. */
export interface AuditSeal {
    /** Everything that happened before this */
    before: string;
    /** Made by the caller; a known one changes nothing */
    entry_id: string;
    /** Who asked */
    actor?: string;
}

/** The segment, as the log tells of it. */
export interface AuditSealed {
    /** First entry moved */
    first: number;
    /** Last entry moved */
    last: number;
    /** Hash of the last one */
    hash: string;
    /** The segment, below the data folder */
    file: string;
}

