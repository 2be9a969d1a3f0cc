<?php

declare(strict_types=1);

namespace App\Models;

use Illuminate\Database\Eloquent\Model;
use Illuminate\Support\Carbon;

/**
 * That a mode of the image was seen at work, and when. Delete it with its migration once your
 * application has something of its own to show.
 *
 * @property string $mode
 * @property Carbon $created_at
 */
final class Sighting extends Model
{
    public const UPDATED_AT = null;

    protected $fillable = ['mode'];

    public static function latestOf(string $mode): ?self
    {
        return self::query()->where('mode', $mode)->latest('id')->first();
    }
}
