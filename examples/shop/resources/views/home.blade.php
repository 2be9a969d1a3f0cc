<!DOCTYPE html>
<html lang="en">
<head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{{ config('app.name') }}</title>
    <link rel="stylesheet" href="/app.css">
</head>
<body>
    <h1>{{ config('app.name') }}</h1>
    <p>One image, many modes. This page shows each of them at work.</p>
    <dl>
        <dt>web</dt>
        <dd>visit {{ $visits }} of yours: the session lives in Valkey</dd>
        <dt>migrate</dt>
        <dd>has made the tables</dd>
        <dt>queue</dt>
        <dd>{{ $queue ? 'last job '.$queue->created_at->diffForHumans() : 'no job yet' }}</dd>
        <dt>schedule</dt>
        <dd>{{ $schedule ? 'last run '.$schedule->created_at->diffForHumans() : 'no run yet: wait a minute' }}</dd>
    </dl>
    <form method="post" action="{{ route('jobs.store') }}">
        @csrf
        <button>Queue a job</button>
    </form>
</body>
</html>
